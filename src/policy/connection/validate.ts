import { type Checked, parseDuration, type Report } from '../../model/index.ts';
import type { ConnectionSpec } from './schema.ts';

const ms = (text: string | undefined): number => (text === undefined ? 0 : (parseDuration(text) ?? 0));

/** Sockets count whole seconds, a ping must be answered before the next one. */
export function checkConnection({ spec }: Checked<ConnectionSpec>, report: Report): void {
  const { targetRefs, selector, application, tcpKeepalive, http2, http3, ...own } = spec;
  if (targetRefs.length === 0 && selector === undefined) report('WEFT1801', 'spec', 'the policy has no targetRefs and no selector, so it has no effect');
  const others = Object.keys(own).filter((key) => own[key as keyof typeof own] !== undefined);
  const callers = [...others, ...(tcpKeepalive === undefined ? [] : ['tcpKeepalive']), ...(http2 === undefined ? [] : ['http2'])];
  if (callers.length === 0 && application === undefined && http3 === undefined) report('WEFT1802', 'spec', 'the policy says nothing');
  const [first] = callers;
  if (selector !== undefined && first !== undefined)
    report('WEFT1806', `spec.${first}`, 'a selector picks workloads that are called; only application has an effect there');
  if (application !== undefined && selector === undefined && targetRefs.length > 0 && targetRefs.every(({ kind }) => kind === 'Gateway'))
    report('WEFT1806', 'spec.application', 'application acts in front of an application, and a Gateway has none');
  if (http3 !== undefined && targetRefs.every(({ kind }) => kind === 'Service' || kind === 'ExternalService'))
    report('WEFT1806', 'spec.http3', 'http3 is for clients of Gateways: between proxies, and to applications, HTTP/2 and HTTP/1.1 are spoken');
  if (own.tcpIdle !== undefined && targetRefs.some(({ kind }) => kind === 'Gateway'))
    report('WEFT1806', 'spec.tcpIdle', 'tcpIdle has no effect at a Gateway: its listeners end TCP connections after an hour of silence');
  for (const name of ['time', 'interval'] as const) {
    const text = tcpKeepalive?.[name];
    if (ms(text) % 1000 !== 0) report('WEFT1842', `spec.tcpKeepalive.${name}`, `${name} must be whole seconds, not ${text}`);
  }
  const { interval, timeout } = http2?.ping ?? {};
  if (interval !== undefined && timeout !== undefined && ms(timeout) > ms(interval))
    report('WEFT1843', 'spec.http2.ping.timeout', `timeout (${timeout}) must not be longer than interval (${interval})`);
}
