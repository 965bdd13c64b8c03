// What is kept of the numbers that proxies of a namespace count. It acts where they arrive, in the control plane, and changes nothing in a proxy.
import type { Mesh, OptionalLabel } from '../../model/index.ts';
import { attachments } from '../attach.ts';
import type { Effective } from '../effective.ts';
import type { PolicyDefinition } from '../policy.ts';
import { readerOf } from '../read.ts';
import { effectiveAt } from '../resolve.ts';

export interface MetricsRules {
  readonly disabled: boolean;
  /** Labels that are not kept, sorted. */
  readonly without: readonly OptionalLabel[];
  /** Series that the namespace may have. */
  readonly series: number;
}

const RULES = new WeakMap<Effective, MetricsRules>();

function rulesOf(effective: Effective): MetricsRules {
  const read = readerOf(effective);
  return {
    disabled: read.flag('metrics.disabled'),
    without: [...read.list<OptionalLabel>('metrics.without')].sort(),
    series: read.number('metrics.budget.series') ?? 0,
  };
}

/** What holds for the proxies of a namespace. The same object while the same documents hold. */
export function metricsRulesFor(mesh: Mesh, definition: PolicyDefinition, namespace: string): MetricsRules {
  const subject = { workload: { namespace, labels: {} }, consumer: '' };
  const owner = attachments(mesh, definition.kind.kind, subject).at(-1)?.policy ?? mesh.config;
  const effective = effectiveAt(mesh, { definition, subject, protocol: 'http', owner });
  const known = RULES.get(effective);
  if (known !== undefined) return known;
  const rules = rulesOf(effective);
  RULES.set(effective, rules);
  return rules;
}
