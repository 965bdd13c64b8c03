import type { Effective, EffectiveField } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { readerOf } from '../read.ts';
import { valueWords } from '../words.ts';
import type { HashKey } from './schema.ts';

function keyWords({ header, cookie, query, source }: HashKey): string {
  if (header !== undefined) return `header ${header}`;
  if (cookie !== undefined) return `cookie ${cookie.name}`;
  if (query !== undefined) return `query ${query}`;
  return source === true ? 'who calls' : 'nothing';
}

const isGiven = ({ from }: EffectiveField): boolean => from.policy !== undefined || from.origin.kind === 'Service';

/** `Maglev on header x-user; locality.mode Prefer`; nothing on routes, since what is decided there is who calls and no more. */
export function loadBalancingWords(effective: Effective, site: Site): PolicyWords | undefined {
  if (site.kind === 'route') return undefined;
  const given = [...effective.fields.values()].filter(isGiven);
  const [first] = given;
  if (first === undefined) return undefined;
  const read = readerOf(effective);
  const algorithm = read.text('algorithm');
  const keys = read.list<HashKey>('hashOn').map(keyWords).join(', ');
  const hashing = algorithm === 'RingHash' || algorithm === 'Maglev' ? ` on ${keys === '' ? 'nothing' : keys}` : '';
  const others = given.filter(({ path }) => path !== 'algorithm' && path !== 'hashOn').map(({ path, value }) => `${path} ${valueWords(value)}`);
  const path = given.some((field) => field.path === 'algorithm') ? 'algorithm' : first.path;
  return { value: [`${algorithm}${hashing}`, ...others].join('; '), path };
}
