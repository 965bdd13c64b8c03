// A line of a tap, as it is shown.
import type { TapRequest } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { accountText } from '../../text/identity.ts';
import { oneLine } from '../../text/plain.ts';
import type { Cell } from '../../text/table.ts';

export const HEADERS = ['time', 'side', 'from', 'to', 'status', 'took', 'request'] as const;
export const WIDE = [...HEADERS, 'cause', 'policy', 'proxy took', 'in', 'out', 'retries', 'flags', 'route', 'authority', 'tls', 'by', 'id'] as const;

const SIDES = { outbound: 'out →', inbound: '→ in', gateway: 'gateway' } as const;

const STYLE = ({ status, cause }: TapRequest) => (status >= 500 || status === 0 ? 'red' : cause !== '' ? 'yellow' : 'green');

/** As people read durations: three digits. */
export function durationText(us: number): string {
  if (us < 0) return '-';
  if (us < 1000) return `${us} µs`;
  return us < 1_000_000 ? `${Number((us / 1000).toPrecision(3))} ms` : `${Number((us / 1_000_000).toPrecision(3))} s`;
}

function caller({ source, side }: TapRequest): string {
  if (side === 'outbound' && source.workload !== '') return source.workload;
  return source.principal === '' ? source.address : accountText(source.principal);
}

/** The instance, where its own proxy tells; else the service, and which address of it. */
function called({ destination, authority, port }: TapRequest): string {
  if (destination.workload !== '') return `${destination.workload}:${port}`;
  return destination.service === '' ? authority : `${destination.service}:${port}`;
}

const proxyShare = ({ durationUs, upstreamUs }: TapRequest): string => (upstreamUs < 0 ? '-' : durationText(Math.max(0, durationUs - upstreamUs)));

function statusText({ status, grpcStatus }: TapRequest): string {
  return status === 0 ? '-' : `${status}${grpcStatus === '' ? '' : ` grpc ${grpcStatus}`}`;
}

export function row({ paint }: Pick<Invocation, 'paint'>, request: TapRequest, wide: boolean): readonly Cell[] {
  const shown = wide || request.cause === '' ? '' : `  ${request.cause}${request.policy === '' ? '' : ` by ${request.policy}`}`;
  const cells: readonly Cell[] = [
    request.at.slice(11, 23),
    SIDES[request.side],
    caller(request),
    called(request),
    { text: statusText(request), paint: (text) => paint(STYLE(request), text) },
    durationText(request.durationUs),
    `${request.method} ${request.path}${shown}`.trim() || '-',
  ];
  return wide ? [...cells, ...wideCells(request)] : cells;
}

function wideCells(request: TapRequest): readonly Cell[] {
  return [
    request.cause || '-',
    request.policy || '-',
    proxyShare(request),
    `${request.requestBytes} B`,
    `${request.responseBytes} B`,
    String(request.retries),
    request.flags.join(',') || '-',
    request.route || '-',
    request.authority || '-',
    request.secured ? 'mutual' : 'none',
    request.proxy,
    request.request || '-',
  ];
}

/** Lines below a request: `> name: value` of what was asked, `< name: value` of what was answered. */
export function headerLines({ requestHeaders = {}, responseHeaders = {} }: TapRequest): readonly string[] {
  const lines = (sign: string, headers: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(headers).map(([name, value]) => oneLine(`    ${sign} ${name}: ${value}`));
  return [...lines('>', requestHeaders), ...lines('<', responseHeaders)];
}
