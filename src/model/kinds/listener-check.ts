import type { Report } from './kind.ts';
import type { ListenerSpec } from './listener.ts';

/** Protocols are not case-sensitive in Gateway API. */
export const protocolName = (text: string): string => (text.includes('/') ? text : text.toUpperCase());

/** Gateway API's rules for a list of listeners that Kubernetes enforces when the document is written. */
export function checkListeners(all: readonly ListenerSpec[], report: Report): void {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  for (const [at, each] of all.entries()) {
    const path = `spec.listeners[${at}]`;
    const before = names.get(each.name);
    if (before !== undefined) report('WEFT1208', `${path}.name`, `the name "${each.name}" is already taken by spec.listeners[${before}]`);
    names.set(each.name, before ?? at);
    const place = `${each.port} ${protocolName(each.protocol)} ${each.hostname ?? ''}`;
    const same = places.get(place);
    if (same !== undefined)
      report('WEFT1208', path, `port, protocol and hostname are those of spec.listeners[${same}]`, 'give one of them another hostname or port');
    places.set(place, same ?? at);
    checkListener(each, path, report);
  }
}

function checkListener(each: ListenerSpec, path: string, report: Report): void {
  const protocol = protocolName(each.protocol);
  const secured = protocol === 'HTTPS' || protocol === 'TLS';
  if (!secured && ['HTTP', 'TCP', 'UDP'].includes(protocol) && each.tls !== undefined)
    report(
      'WEFT1207',
      `${path}.tls`,
      `a listener of protocol ${protocol} has no TLS`,
      `write protocol: ${protocol === 'HTTP' ? 'HTTPS' : 'TLS'}, or remove tls`,
    );
  if (secured && each.tls === undefined)
    report('WEFT1201', path, `a listener of protocol ${protocol} needs tls`, 'add tls: { certificateRefs: [{ name: SECRET }] }');
  if (protocol === 'HTTPS' && each.tls?.mode === 'Passthrough')
    report('WEFT1207', `${path}.tls.mode`, 'a listener of protocol HTTPS terminates TLS itself', 'write protocol: TLS to pass it through');
  if ((protocol === 'TCP' || protocol === 'UDP') && (each.hostname ?? '') !== '')
    report('WEFT1207', `${path}.hostname`, `a listener of protocol ${protocol} cannot tell host names apart`);
  checkTls(each.tls, `${path}.tls`, report);
  const { namespaces } = each.allowedRoutes;
  checkSelector(namespaces, `${path}.allowedRoutes.namespaces`, report);
}

function checkTls(tls: ListenerSpec['tls'], path: string, report: Report): void {
  if (tls === undefined) return;
  const { mode, certificateRefs, options } = tls;
  if (mode === 'Terminate' && certificateRefs.length === 0)
    report('WEFT1201', path, 'TLS that is terminated here needs a certificate', 'add certificateRefs: [{ name: SECRET }]');
  if (mode === 'Passthrough' && certificateRefs.length > 0)
    report('WEFT1211', `${path}.certificateRefs`, 'certificateRefs are ignored: with mode Passthrough the backend has the certificate (Gateway API)');
  for (const key of Object.keys(options))
    report('WEFT1211', `${path}.options[${JSON.stringify(key)}]`, `the option "${key}" is ignored: Weft has no TLS options`);
}

/** `selector` stands only beside `from: Selector`, and must stand there. */
export function checkSelector({ from, selector }: { readonly from: string; readonly selector?: unknown }, path: string, report: Report): void {
  if (from === 'Selector' && selector === undefined) report('WEFT1201', path, 'from: Selector needs a selector', 'add selector: { matchLabels: { … } }');
  if (from !== 'Selector' && selector !== undefined) report('WEFT1211', `${path}.selector`, `selector is ignored with from: ${from} (Gateway API)`);
}
