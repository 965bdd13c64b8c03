import { isIpv4 } from './fields.ts';
import type { GatewaySpec } from './gateway.ts';
import type { Checked, Report } from './kind.ts';
import { checkListeners, checkSelector } from './listener-check.ts';

/** IPv6 as far as a mistake can be told from an address; Envoy has the last word. */
const IPV6 = /^(?=.*:.*:)[0-9a-fA-F:]+(%[0-9A-Za-z]+)?$/;

/** What the schema of a Gateway cannot say. */
export function checkGateway({ spec }: Checked<GatewaySpec>, report: Report): void {
  checkListeners(spec.listeners, report);
  checkSelector(spec.allowedListeners.namespaces, 'spec.allowedListeners.namespaces', report);
  checkAddresses(spec.addresses, report);
  if (spec.defaultScope === 'All') report('WEFT1211', 'spec.defaultScope', 'defaultScope is ignored: routes attach to a Gateway by naming it in parentRefs');
  checkPorts(spec, report);
}

function checkAddresses(addresses: GatewaySpec['addresses'], report: Report): void {
  for (const [at, { type, value }] of addresses.entries()) {
    const path = `spec.addresses[${at}]`;
    if (type === 'IPAddress' && value !== '' && !isIpv4(value) && !IPV6.test(value)) report('WEFT1204', `${path}.value`, `"${value}" is no IP address`);
    const first = addresses.findIndex((each) => each.type === type && each.value === value);
    if (first !== at && value !== '') report('WEFT1208', path, `the address ${value} is already spec.addresses[${first}]`);
  }
}

function checkPorts({ tls, listeners }: GatewaySpec, report: Report): void {
  const seen = new Map<number, number>();
  for (const [at, { port }] of (tls?.frontend?.perPort ?? []).entries()) {
    const path = `spec.tls.frontend.perPort[${at}]`;
    const before = seen.get(port);
    if (before !== undefined) report('WEFT1208', `${path}.port`, `port ${port} is already spec.tls.frontend.perPort[${before}]`);
    seen.set(port, before ?? at);
    if (!listeners.some((each) => each.port === port))
      report('WEFT1211', path, `no listener of this Gateway has port ${port}: its validation has no effect unless a ListenerSet adds one`);
  }
}
