import { ATTACHMENT_FIELDS, type Checked, type Report } from '../../model/index.ts';
import type { MutualTlsSpec } from './schema.ts';

/** A policy for nothing, one that says nothing, and one that says two things of a port. */
export function checkMutualTls({ spec }: Checked<MutualTlsSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec))
    report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  if (Object.keys(spec).every((key) => ATTACHMENT_FIELDS.includes(key))) report('WEFT1802', 'spec', 'the policy says nothing');
  const ports = spec.ports ?? [];
  for (const [at, { port }] of ports.entries())
    if (ports.findIndex((each) => each.port === port) < at) report('WEFT2100', `spec.ports[${at}].port`, `port ${port} is named twice`);
}
