import { type Checked, checkTelemetry, type Report } from '../../model/index.ts';
import type { TelemetryPolicySpec } from './schema.ts';

/** A policy for nothing, one that says nothing, and numbers of something that is no namespace. */
export function checkTelemetryPolicy({ metadata, spec }: Checked<TelemetryPolicySpec>, report: Report): void {
  const { targetRefs, ...sections } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if (Object.values(sections).every((each) => each === undefined)) report('WEFT1802', 'spec', 'the policy says nothing');
  checkTelemetry(sections, 'spec', report);
  if (sections.accessLogs !== undefined)
    for (const [index, { kind, sectionName }] of targetRefs.entries()) {
      const why = kind.endsWith('Route') ? 'a route has none of its own' : sectionName === undefined ? undefined : 'a part of it has none of its own';
      if (why !== undefined) report('WEFT2340', `spec.targetRefs[${index}]`, `access logs are of workloads and gateways: ${why}`);
    }
  if (sections.metrics === undefined) return;
  const other = targetRefs.find(({ kind, name }) => kind !== 'Mesh' && (kind !== 'Namespace' || name !== metadata.namespace));
  if (other === undefined) return;
  const words = other.kind === 'Namespace' ? `namespace ${other.name} is another one than the policy’s` : `${other.kind} ${other.name} is no namespace`;
  report('WEFT2302', 'spec.metrics', `metrics are kept for whole namespaces: ${words}`);
}
