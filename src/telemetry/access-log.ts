// Access logs: which of the requests that proxies tell are written down, and as what line.
import type { TapRequest } from '../api/index.ts';
import type { RuntimeValues } from '../envoy/index.ts';
import { TAP_ALL, type TapSide, tapKey, tapSlowerKey, tapStatusKey } from '../envoy/index.ts';

export interface LogPlace {
  /** OTLP: the collector of the mesh. */
  readonly type: 'Stdout' | 'File' | 'OTLP';
  readonly format: 'JSON' | 'Text';
  readonly path: string;
}

export interface LogRule {
  readonly minStatus: number | undefined;
  readonly slowerMs: number | undefined;
  readonly percent: number | undefined;
  readonly to: readonly LogPlace[];
  /** Of requests, in lower case: written with the line where the request has them. */
  readonly headers: readonly string[];
}

/** Where requests are written down: where they arrive, and where they enter the mesh. */
export const LOGGED_SIDES: readonly TapSide[] = ['inbound', 'gateway'];

const unconditional = ({ minStatus, slowerMs, percent }: LogRule): boolean => minStatus === undefined && slowerMs === undefined && percent === undefined;
const sharesOf = (rule: LogRule): number => (unconditional(rule) ? TAP_ALL : Math.round((rule.percent ?? 0) * (TAP_ALL / 100)));

/** Whether one of the rules wants headers: they are told by a logger of their own. */
export const wantHeaders = (rules: readonly LogRule[]): boolean => rules.some(({ headers }) => headers.length > 0);

/**
 * What a proxy is lent for these rules, so that it tells what one of them wants and little more. The logger with headers knows shares only: for what fails
 * or is slow it tells all, and what nobody wants is left out here.
 */
export function valuesOfRules(rules: readonly LogRule[]): RuntimeValues {
  const share = Math.max(0, ...rules.map(sharesOf));
  const status = Math.min(...rules.map(({ minStatus }) => minStatus ?? Number.POSITIVE_INFINITY));
  const slower = Math.min(...rules.map(({ slowerMs }) => slowerMs ?? Number.POSITIVE_INFINITY));
  const values: Record<string, number> = {};
  const chosen = status < Number.POSITIVE_INFINITY || slower < Number.POSITIVE_INFINITY;
  if (wantHeaders(rules)) return Object.fromEntries(LOGGED_SIDES.map((side) => [tapKey(side, true), chosen ? TAP_ALL : share]));
  for (const side of LOGGED_SIDES) {
    if (share > 0) values[tapKey(side, false)] = share;
    if (status < Number.POSITIVE_INFINITY) values[tapStatusKey(side)] = status;
    if (slower < Number.POSITIVE_INFINITY) values[tapSlowerKey(side)] = slower;
  }
  return values;
}

/** As Envoy chooses: by the first eight digits of the id. Of ids that are none it has thrown dice already. */
function sampled(request: string, share: number): boolean {
  const digits = request.slice(0, 8);
  return !/^[0-9a-f]{8}$/i.test(digits) || Number.parseInt(digits, 16) % TAP_ALL < share;
}

export function wants(rule: LogRule, { status, durationUs, request }: TapRequest): boolean {
  if (unconditional(rule)) return true;
  if (rule.minStatus !== undefined && status >= rule.minStatus) return true;
  if (rule.slowerMs !== undefined && durationUs >= rule.slowerMs * 1000) return true;
  return rule.percent !== undefined && sampled(request, sharesOf(rule));
}

const SIGNS = /[\u007f-\uffff]/;
/** As JSON writes it, where it is not plain: a line stays a line, and a word a word. */
const word = (text: string): string => (text === '' ? '-' : /[\s"\\]/.test(text) || SIGNS.test(text) ? JSON.stringify(text) : text);

function asText(event: TapRequest): string {
  const { at, side, source, destination, method, path, status, grpcStatus, durationUs, request, cause, policy } = event;
  const answer = grpcStatus === '' ? `${status}` : `${status}/${grpcStatus}`;
  const words = [
    at,
    side,
    word(source.principal || source.address),
    word(destination.service || destination.workload),
    word(method),
    word(event.authority),
    word(path),
  ];
  const headers = Object.entries(event.requestHeaders ?? {}).map(([name, value]) => `${name}=${word(value)}`);
  return [...words, answer, `${(durationUs / 1000).toFixed(1)}ms`, word(cause), word(policy), word(request), ...headers].join(' ');
}

/** One line, without its end. */
export function lineOf(event: TapRequest, format: LogPlace['format']): string {
  if (format === 'Text') return asText(event);
  const { kind: _kind, ...fields } = event;
  return JSON.stringify(fields);
}
