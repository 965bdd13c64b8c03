import { type ExternalServiceSpec, resolutionOf } from './external-service.ts';
import type { Report } from './kind.ts';
import { isEncrypted, protocolOf } from './protocol.ts';

/**
 * What holds for hosts such as `*.example.com`. Which of their names is meant must be in what the application sends: in the Host header
 * of a request, or in the server name of TLS.
 */
export function checkWildcards(spec: ExternalServiceSpec, report: Report): void {
  const wildcards = [...spec.hosts.entries()].filter(([, host]) => host.startsWith('*.'));
  const [first] = wildcards;
  if (first === undefined) return;
  const [at, host] = first;
  const resolution = resolutionOf(spec);
  if (resolution !== 'Dynamic')
    report('WEFT1702', `spec.hosts[${at}]`, `"${host}" cannot have resolution ${resolution}: its names are looked up as they are called`);
  for (const [index, each] of wildcards) if (!each.slice(2).includes('.')) report('WEFT1740', `spec.hosts[${index}]`, `"${each}" has one label after its star`);
  if (spec.egress !== undefined)
    report('WEFT1742', 'spec.egress', `"${host}" cannot be reached by an egress gateway: what passes there are bytes, which name no host`);
  if (spec.dns?.mode === 'Strict' && wildcards.length === spec.hosts.length)
    report('WEFT1211', 'spec.dns.mode', 'mode Strict is ignored: of a name of a wildcard the first address is used');
  for (const [index, port] of spec.ports.entries()) {
    if (protocolOf(port).protocol !== 'tcp' || isEncrypted(port)) continue;
    report('WEFT1741', `spec.ports[${index}]`, `port ${port.port} of "${host}" is neither HTTP nor TLS, so nothing that passes says which name is meant`);
  }
}
