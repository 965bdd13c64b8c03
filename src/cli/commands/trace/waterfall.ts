// A trace in a terminal: a tree on the left, bars on the right, and under a span what the mesh did about it.
import type { SpanView, TraceView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { durationText } from '../../text/duration.ts';
import { oneLine } from '../../text/plain.ts';

const BAR = 32;
/** A tree deeper than this is not indented any further. */
const MOST_DEPTH = 12;
const MOST_LEFT = 64;

function depths(tree: readonly SpanView[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { id, parent } of tree) found.set(id, parent === '' ? 0 : (found.get(parent) ?? -1) + 1);
  return found;
}

/** Where on the line of the whole it lies; drawn lightly where its place in the tree was only inferred. */
function bar({ startUs, durationUs, inferred }: SpanView, from: number, wholeUs: number): string {
  const at = (us: number): number => Math.min(BAR - 1, Math.max(0, Math.floor(((us - from) / Math.max(1, wholeUs)) * BAR)));
  const first = at(startUs);
  const last = Math.max(first, at(startUs + durationUs - 1));
  return ' '.repeat(first) + (inferred === undefined ? '█' : '░').repeat(last - first + 1) + ' '.repeat(BAR - 1 - last);
}

const SIDES: Readonly<Record<SpanView['side'], string>> = { inbound: '', outbound: '→ ', gateway: '⇥ ' };

/** The control plane, whose steps are no calls. */
const OWN_SERVICE = 'weft-system/weft';

function nameOf(span: SpanView): string {
  if (span.service === OWN_SERVICE) return oneLine(span.name);
  const who = span.side === 'outbound' ? span.peer || span.host || 'outside' : span.service || span.workload;
  return oneLine(`${SIDES[span.side]}${who}  ${span.name}`);
}

function statusOf({ status, grpcStatus, service, error }: SpanView): string {
  if (service === OWN_SERVICE) return error ? '×' : '✔';
  return `${status === 0 ? '-' : status}${grpcStatus === '' || grpcStatus === '0' ? '' : ` grpc ${grpcStatus}`}`;
}

/** What is worth a line of its own. */
function notes(span: SpanView, wide: boolean): readonly string[] {
  const { service } = span;
  const told = [
    span.cause === '' ? '' : `${span.cause}${span.policy === '' ? '' : ` by ${span.policy}`}`,
    span.attempts > 1 ? `${span.attempts} tries` : '',
    span.flags.length === 0 ? '' : `flags ${span.flags.join(',')}`,
    span.inferred === undefined ? '' : `place inferred from times, ${Math.floor(span.inferred.confidence * 100)} % sure`,
    service === OWN_SERVICE && span.reason !== '' ? span.reason : '',
    ...Object.entries(span.attributes).map(([key, value]) => `${key}=${value}`),
  ];
  const more = wide
    ? [
        span.route === '' ? '' : `route ${span.route}`,
        span.upstream === '' ? '' : `to ${span.upstream}`,
        `by ${span.workload}`,
        span.request === '' ? '' : `request ${span.request}`,
      ]
    : [];
  return [told, more].flatMap((each) => {
    const words = each.filter((word) => word !== '');
    return words.length === 0 ? [] : [oneLine(words.join('   '))];
  });
}

/** The whole page. */
export function waterfall({ paint }: Invocation, view: TraceView, wide: boolean): string {
  const from = Date.parse(view.at) * 1000;
  const start = Math.min(...view.tree.map(({ startUs }) => startUs), from + 1000);
  const depth = depths(view.tree);
  const lefts = view.tree.map((span) => `${'  '.repeat(Math.min(MOST_DEPTH, depth.get(span.id) ?? 0))}${nameOf(span)}`);
  const width = Math.min(MOST_LEFT, Math.max(...lefts.map((left) => [...left].length)));
  const cut = (text: string): string => ([...text].length > width ? `${[...text].slice(0, width - 1).join('')}…` : text + ' '.repeat(width - [...text].length));
  const lines = view.tree.flatMap((span, at) => {
    const style = span.error ? 'red' : span.status >= 400 ? 'yellow' : 'green';
    const share = span.proxyUs < 0 ? '' : `proxy ${durationText(span.proxyUs)}`;
    const line = `${cut(lefts[at] ?? '')}  ${paint(style, statusOf(span).padEnd(3))}  ${paint(style, bar(span, start, view.durationUs))}  ${durationText(span.durationUs).padStart(8)}  ${paint('dim', share)}`;
    const indent = ' '.repeat(2 * Math.min(MOST_DEPTH, depth.get(span.id) ?? 0) + 2);
    return [line.trimEnd(), ...notes(span, wide).map((note) => paint('dim', `${indent}└ ${note}`))];
  });
  return `${[...headline(view), '', ...lines].join('\n')}\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function headline({ id, at, durationUs, spans, services, requests, inferred, confidence, orphans, settling }: TraceView): readonly string[] {
  const sure = inferred === 0 ? '' : `   ${inferred} edge${inferred === 1 ? '' : 's'} inferred, all of it ${Math.floor(confidence * 100)} % sure`;
  const missing = orphans === 0 ? '' : `   ${orphans} without their parent`;
  const [request] = requests;
  const young = settling ? ['  of just now: more of it may come in some seconds'] : [];
  return [
    `trace ${id}   ${at}   ${durationText(durationUs)}   ${counted(spans, 'span')} of ${counted(services.length, 'service')}${sure}${missing}`,
    ...(request === undefined ? [] : [`  request ${oneLine(request)}    why: weft explain --request ${oneLine(request.slice(0, 8))}`]),
    ...young,
  ];
}
