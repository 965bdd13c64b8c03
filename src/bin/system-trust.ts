import { getCACertificates } from 'node:tls';

/** What this machine trusts, PEM; on one without a store of its own, what Node brings along. */
export function systemTrust(): string {
  const system = [...getCACertificates('system'), ...getCACertificates('extra')];
  return [...new Set(system.length > 0 ? system : getCACertificates('bundled'))].join('\n');
}
