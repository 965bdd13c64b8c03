// Access logs for a collector that nobody has named.
import type { Diagnostic } from '../../base/index.ts';
import { type Change, type DocumentKey, diagnostic, type Mesh, originsOf, otlpSinks, type Policy, type TelemetrySections } from '../../model/index.ts';
import { TELEMETRY_POLICY } from '../../policy/index.ts';

const sinksOf = (policy: Policy): readonly string[] => (policy.kind === TELEMETRY_POLICY ? otlpSinks(policy.spec as TelemetrySections) : []);

/** Places of a TelemetryPolicy that are nowhere. Nothing for other kinds. */
export function collectorDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (mesh.config.collectors?.logs !== undefined) return [];
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  return sinksOf(policy).map((path) => diagnostic('WEFT2460', at(`spec.${path}`), 'the Mesh names no collector of logs'));
}

/** Policies about which something else may have to be said when the Mesh changes. */
export function collectorNeighbours(mesh: Mesh, { kind }: Pick<Change, 'kind'>): readonly DocumentKey[] {
  return kind === 'Mesh' ? [...mesh.policies.values()].flatMap((policy) => (sinksOf(policy).length > 0 ? [policy.key] : [])) : [];
}
