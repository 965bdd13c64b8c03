// Fields of policies that are not heard although their document is: those for another namespace's arrivals, and limits of connections
// where another document says that nothing is enforced.
import type { Diagnostic } from '../../base/index.ts';
import { type Change, type DocumentKey, diagnostic, type Mesh, type Policy, type PolicyTarget } from '../../model/index.ts';
import { attachments, leavesOf, type Subject } from '../../policy/index.ts';

/** Fields that act in front of the application, which a caller's namespace has no say in; all others act where calls begin. */
const ARRIVING: Readonly<Record<string, RegExp>> = {
  ConnectionPolicy: /^application\b/,
  CircuitBreakerPolicy: /^(inbound|shedding)\b/,
};

function isForeign({ namespace: ours }: Policy, { kind, namespace, name }: PolicyTarget): boolean {
  return kind !== 'Mesh' && (kind === 'Namespace' ? name : namespace) !== ours;
}

/** What a policy says of arrivals in other namespaces. */
export function foreignFields(policy: Policy): readonly Diagnostic[] {
  const fields = ARRIVING[policy.kind];
  if (fields === undefined) return [];
  const arriving = new Set(leavesOf(policy.spec, []).flatMap(([path]) => (fields.test(path) ? [path.split('.')[0] ?? ''] : [])));
  const foreign = policy.targets.filter((target) => isForeign(policy, target));
  const [first] = foreign;
  if (first === undefined) return [];
  const everywhere = foreign.length === policy.targets.length;
  return [...arriving].flatMap((field) =>
    (everywhere ? [first] : foreign).map(({ kind, namespace, name, origin }) => {
      const whom = `${kind} ${kind === 'Namespace' ? '' : `${namespace}/`}${name}`;
      const at = everywhere ? { ...policy.origin, path: `spec.${field}` } : origin;
      return diagnostic(
        'WEFT1808',
        at,
        `${whom} is not in namespace ${policy.namespace}: ${field} is about requests that arrive there, and has no effect on them`,
      );
    }),
  );
}

const LIMITS = 'RateLimitPolicy';

function subjectOf({ kind, namespace, name, section = '' }: PolicyTarget): Subject | undefined {
  switch (kind) {
    case 'Mesh':
      return { consumer: '' };
    case 'Namespace':
      return { workload: { namespace: name, labels: {} }, consumer: '' };
    case 'Service':
      return { service: { kind, namespace, name, port: 0, portName: section }, consumer: '' };
    default:
      return undefined;
  }
}

/** Limits of connections are not counted dry. Two documents may say it together: one the limits, one that they are not enforced. */
export function dryConnections(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const { kind, spec, targets, origin } = policy;
  if (kind !== LIMITS || (spec['tcp'] !== undefined && spec['enforcement'] !== undefined)) return [];
  return targets.flatMap((target) => {
    const subject = subjectOf(target);
    const all = subject === undefined ? [] : attachments(mesh, LIMITS, subject).map((each) => each.policy);
    const decides = all.findLast((each) => each.spec['enforcement'] !== undefined);
    if (decides?.spec['enforcement'] !== 'DryRun') return [];
    if (spec['tcp'] !== undefined) {
      const words = `${LIMITS} ${decides.namespace}/${decides.name} says enforcement: DryRun for it: connections are neither limited nor counted`;
      return [{ ...diagnostic('WEFT1806', { ...origin, path: 'spec.tcp' }, words), by: { ...decides.origin, path: 'spec.enforcement' } }];
    }
    const limiting = decides === policy ? all.findLast((each) => each.spec['tcp'] !== undefined) : undefined;
    if (limiting === undefined) return [];
    const words = `with it the tcp of ${LIMITS} ${limiting.namespace}/${limiting.name} is off there: connections are neither limited nor counted`;
    return [diagnostic('WEFT1754', { ...origin, path: 'spec.enforcement' }, words)];
  });
}

/** Of one of them, the others that may meet it. */
export function dryNeighbours(mesh: Mesh, { kind }: Change): readonly DocumentKey[] {
  if (kind !== LIMITS) return [];
  return [...mesh.policies.values()]
    .filter((each) => each.kind === LIMITS && (each.spec['tcp'] !== undefined || each.spec['enforcement'] !== undefined))
    .map(({ key }) => key);
}
