// What the documents of rate limits and faults say that means nothing at some of their targets.
import type { PolicyTarget, Report, TargetKind } from '../model/index.ts';

interface Targeting {
  readonly targetRefs: readonly Pick<PolicyTarget, 'kind' | 'name'>[];
}

const AT_GATEWAYS: ReadonlySet<TargetKind> = new Set(['Gateway', 'HTTPRoute', 'GRPCRoute']);

/** The first target where who calls is not known; undefined when there is none. */
export function targetWithoutCallers({ targetRefs }: Targeting): string | undefined {
  const found = targetRefs.find(({ kind }) => AT_GATEWAYS.has(kind) || kind === 'ExternalService');
  return found === undefined ? undefined : `${found.kind} ${found.name}`;
}

/** Fields about callers, against a document that names such a target. */
export function reportCallers(spec: Targeting, paths: readonly string[], report: Report): void {
  const target = targetWithoutCallers(spec);
  if (target === undefined) return;
  for (const path of paths) report('WEFT1643', path, `${path.split('.').at(-1)} has no effect at ${target}: who calls is not known there`);
}
