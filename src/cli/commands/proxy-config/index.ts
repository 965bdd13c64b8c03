// weft proxy-config: what a proxy was given, as tables, or in Envoy's own words with -o json.
import type { ProxyResourceView, ProxyView } from '../../../api/index.ts';
import { describeOrigin } from '../../../base/index.ts';
import { nearest } from '../../../model/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { OUTPUTS, type Output, readOutput, valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';
import { clusters } from './clusters.ts';
import { endpoints } from './endpoints.ts';
import { extensions } from './extensions.ts';
import { findProxy } from './find-proxy.ts';
import { listeners } from './listeners.ts';
import { routes } from './routes.ts';
import { secrets } from './secrets.ts';
import type { Section } from './section.ts';

type Type = ProxyResourceView['type'];

const SECTIONS: Readonly<Record<Type, Section>> = { listener: listeners, routes, cluster: clusters, endpoints, secret: secrets, extension: extensions };
const ORDER: readonly Type[] = ['listener', 'routes', 'cluster', 'endpoints', 'secret', 'extension'];

/** Words for the types: as istioctl and Envoy's protocol have them. */
const WORDS: Readonly<Record<string, readonly Type[]>> = {
  ...Object.fromEntries(['listeners', 'listener', 'l', 'lds'].map((word) => [word, ['listener'] as const])),
  ...Object.fromEntries(['routes', 'route', 'r', 'rds'].map((word) => [word, ['routes'] as const])),
  ...Object.fromEntries(['clusters', 'cluster', 'c', 'cds'].map((word) => [word, ['cluster'] as const])),
  ...Object.fromEntries(['endpoints', 'endpoint', 'ep', 'eds'].map((word) => [word, ['endpoints'] as const])),
  ...Object.fromEntries(['secrets', 'secret', 's', 'sds'].map((word) => [word, ['secret'] as const])),
  ...Object.fromEntries(['extensions', 'extension', 'ecds'].map((word) => [word, ['extension'] as const])),
  all: ORDER,
};

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<type>', 'listeners, routes, clusters, endpoints, secrets, extensions or all')
      .argument('[proxy]', 'NAMESPACE/NAME, NAME, or the beginning of one')
      .option('--name <text>', 'only resources whose name contains this')
      .option('-o, --output <form>', `one of ${OUTPUTS.join(', ')}`);
  },

  async run(invocation, [first, second], options) {
    const output = readOutput(options['output'], OUTPUTS, 'table');
    const { types, word } = readWords(first as string, second as string | undefined);
    const client = new Client(invocation);
    const { items } = (await client.weft('proxies')) as { readonly items: readonly ProxyView[] };
    const proxy = findProxy(items, word, invocation.flags.namespace);
    const answer = (await client.weft(`proxies/${proxy.id}/resources`)) as { readonly items: readonly ProxyResourceView[] } | undefined;
    const part = options['name'] as string | undefined;
    const found = (answer?.items ?? []).filter((each) => types.includes(each.type) && (part === undefined || each.name.includes(part)));
    await print(invocation, output, types, found);
    if (found.length > 0) return EXIT.ok;
    invocation.io.err(`${nothingText(proxy, part)}\n`);
    return proxy.connected ? EXIT.ok : EXIT.failed;
  },
};

/** `TYPE NAME`, or only NAME for everything. Throws CommandError 64. */
function readWords(first: string, second: string | undefined): { readonly types: readonly Type[]; readonly word: string } {
  const types = Object.hasOwn(WORDS, first) ? WORDS[first] : undefined;
  if (types !== undefined && second !== undefined) return { types, word: second };
  if (types !== undefined) throw new CommandError(EXIT.usage, `${first} of which proxy?\n  weft proxy-config ${first} NAME; weft proxies lists them`);
  if (second === undefined) return { types: ORDER, word: first };
  const near = nearest(first, Object.keys(WORDS));
  throw new CommandError(
    EXIT.usage,
    `there is no type "${first}"${near === undefined ? '' : `: did you mean "${near}"?`}\n  types: listeners, routes, clusters, endpoints, secrets, extensions, all`,
  );
}

async function print({ io, flags }: Invocation, output: Output, types: readonly Type[], found: readonly ProxyResourceView[]): Promise<void> {
  if (output === 'json' || output === 'yaml') {
    io.out(
      await valueText(
        found.map((each) => each.content),
        output,
      ),
    );
    return;
  }
  if (output === 'name') {
    io.out(found.map((each) => `${each.type}/${each.name}\n`).join(''));
    return;
  }
  const now = io.now();
  const tables = types.flatMap((type) => {
    const mine = found.filter((each) => each.type === type);
    return mine.length === 0 ? [] : [sectionText(SECTIONS[type], mine, { wide: output === 'wide', headers: flags.headers, now })];
  });
  io.out(tables.join('\n'));
  io.out(patchedText(found));
}

/** Which of them are not as Weft makes them, and by whose word. */
function patchedText(found: readonly ProxyResourceView[]): string {
  const lines = found.flatMap(({ type, name, origins }) =>
    origins.filter(({ kind }) => kind === 'ProxyPatch').map((origin) => `patched: ${type} ${name}  by ${describeOrigin(origin)}\n`),
  );
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

interface SectionOptions {
  readonly wide: boolean;
  readonly headers: boolean;
  readonly now: number;
}

/** Wide adds what a user asks next: which version, whether the proxy has taken it, and where it comes from. */
function sectionText(section: Section, resources: readonly ProxyResourceView[], { wide, headers, now }: SectionOptions): string {
  const rows = resources.flatMap((resource) => {
    const more = wide ? [resource.version, resource.acknowledged ? 'yes' : 'no', resource.origins.map(describeOrigin).join(', ')] : [];
    return section.rows(resource, now).map((row) => [...row, ...more]);
  });
  return tableText(wide ? [...section.headers, 'VERSION', 'ACKNOWLEDGED', 'FROM'] : section.headers, rows, headers);
}

function nothingText(proxy: ProxyView, part: string | undefined): string {
  if (!proxy.connected) return `${proxy.id} is not connected, so it was given nothing\n  weft describe workload ${proxy.name} -n ${proxy.namespace}`;
  return part === undefined ? `${proxy.id} was given nothing of this type` : `nothing of this type has a name with "${part}"\n  leave --name out to see all`;
}
