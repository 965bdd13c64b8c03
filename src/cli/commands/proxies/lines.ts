import type { ProxyView } from '../../../api/index.ts';
import { describeOrigin } from '../../../base/index.ts';
import type { Invocation } from '../../command.ts';
import { ageText, clockText } from '../../text/age.ts';
import { bytesText } from '../../text/numbers.ts';
import { oneLine } from '../../text/plain.ts';
import type { Cell } from '../../text/table.ts';

export const HEADERS = ['PROXY', 'ROLE', 'SYNC', 'VERSION', 'CONFIG AGE', 'SCOPE', 'MEMORY', 'IDENTITY VALID'] as const;
export const WIDE_HEADERS = [...HEADERS, 'IDENTITY', 'TLS'] as const;

const STYLE = { 'in sync': 'green', pending: 'yellow', refused: 'red', disconnected: 'yellow' } as const;

/** One row of `weft proxies`. `now` in epoch ms; `wide`: what is agreed upon with callers, by identity. */
export function proxyRow({ paint }: Pick<Invocation, 'paint'>, proxy: ProxyView, now: number, wide?: ReadonlyMap<string, string>): readonly Cell[] {
  const row: readonly Cell[] = [
    proxy.id,
    proxy.role,
    { text: proxy.sync, paint: (text) => paint(STYLE[proxy.sync], text) },
    proxy.envoyVersion,
    proxy.configuredAt === 0 ? '' : ageText(now - proxy.configuredAt),
    `${proxy.scope.services} of ${proxy.scope.of} svcs`,
    proxy.memoryBytes === undefined ? '' : bytesText(proxy.memoryBytes),
    validity({ paint }, proxy.certificateNotAfter, now),
  ];
  return wide === undefined ? row : [...row, proxy.identity, wide.get(proxy.identity) ?? ''];
}

function validity({ paint }: Pick<Invocation, 'paint'>, notAfter: number, now: number): Cell {
  if (notAfter === 0) return '';
  if (notAfter > now) return ageText(notAfter - now);
  return { text: `expired ${ageText(now - notAfter)} ago`, paint: (text) => paint('red', text) };
}

/** Under the row of a node: whom its proxy serves. */
export function servedLines({ serves }: ProxyView): readonly string[] {
  if (serves === undefined) return [];
  return serves.length === 0 ? ['  └ serves no workload yet'] : [`  └ serves ${serves.join(', ')}`];
}

/** What stands under the row of a proxy that refused something: the document, Envoy's words, and what it does meanwhile. */
export function refusalLines({ paint }: Pick<Invocation, 'paint'>, proxy: ProxyView, now: number): readonly string[] {
  const meanwhile = proxy.configuredAt === 0 ? 'it has no configuration yet' : `running the last good configuration of ${clockText(proxy.configuredAt, now)}`;
  const lines = proxy.refusals.map(({ documents, resource, words }) => {
    const [first, ...others] = documents;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    const culprit = first === undefined ? resource : `${culpritText(first)}${more}`;
    return paint('red', `  └ ${oneLine(culprit)}: envoy says "${oneLine(words)}"; ${meanwhile}`);
  });
  // One document may be in several resources, refused with the same words.
  return [...new Set(lines)];
}

/** `HTTPRoute shop/checkout route.yaml:9`. */
function culpritText(origin: ProxyView['refusals'][number]['documents'][number]): string {
  const { file, line, column: _, ...document } = origin;
  const what = describeOrigin({ ...document, path: '' });
  return file === undefined ? `${what}${origin.path === '' ? '' : ` ${origin.path}`}` : `${what} ${file}${line === undefined ? '' : `:${line}`}`;
}
