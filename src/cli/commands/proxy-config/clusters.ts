import { text } from './json.ts';
import type { Section } from './section.ts';

/** The parts of a name like `outbound|80|v1|checkout.shop.mesh`; a name of another form is a name only. */
function parts(name: string): { readonly direction: string; readonly port: string; readonly subset: string; readonly host: string } {
  const [direction = '', port = '', subset = '', host, ...more] = name.split('|');
  return host === undefined || more.length > 0 ? { direction: '', port: '', subset: '', host: name } : { direction, port, subset, host };
}

const dash = (value: string): string => (value === '' ? '-' : value);

export const clusters: Section = {
  headers: ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE', 'DOCUMENT'],
  rows: ({ name, content, origins }) => {
    const { direction, port, subset, host } = parts(name);
    const documents = origins.map((origin) => `${origin.kind} ${origin.namespace === '' ? '' : `${origin.namespace}/`}${origin.name}`);
    return [[dash(host), dash(port), dash(subset), dash(direction), text(content, 'type') || 'STATIC', [...new Set(documents)].join(', ')]];
  },
};
