// Which policies hold for what, in the order of precedence: Mesh < Namespace < Service (or Workload) < its port < Gateway < its listener <
// route < rule. On one level a consumer's own policy is over the producer's, and the older document over the younger.
import { type Mesh, type Policy, type PolicyTarget, policiesAt, policyPlace, SELECTED, selects, type TargetKind } from '../model/index.ts';

/** What is called, by whom, and how: everything a policy can name. */
export interface Subject {
  /** The Service or ExternalService called. */
  readonly service?: {
    readonly kind: 'Service' | 'ExternalService';
    readonly namespace: string;
    readonly name: string;
    readonly port: number;
    readonly portName: string;
  };
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly listener: string };
  readonly route?: {
    readonly kind: 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute' | 'TLSRoute';
    readonly namespace: string;
    readonly name: string;
    readonly rule: string;
  };
  /** Where requests arrive: policies with a selector. */
  readonly workload?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
  /** Namespace of the callers when it is not the service's own: their policies hold for them alone. '' = whoever calls. */
  readonly consumer: string;
}

/** One policy as far as it is about a subject. */
export interface Attachment {
  readonly policy: Policy;
  readonly level: number;
  /** The kind of what it names; `Workloads` for those that a selector picks. */
  readonly kind: TargetKind | typeof SELECTED;
  /** How people call what it names: `Service/checkout`, `HTTPRoute/checkout rule "everyone"`. */
  readonly words: string;
}

interface Place {
  readonly level: number;
  readonly kind: TargetKind;
  readonly namespace: string;
  readonly name: string;
  /** Names by which the part that is meant is called; empty = the whole. */
  readonly sections: readonly string[];
  /** Namespace whose policies hold for everybody; '' = of any. */
  readonly owner: string;
}

function placesFor(subject: Subject): readonly Place[] {
  const { service, gateway, route, workload } = subject;
  const home = service?.namespace ?? gateway?.namespace ?? workload?.namespace ?? '';
  const places: Place[] = [{ level: 0, kind: 'Mesh', namespace: '', name: 'default', sections: [], owner: '' }];
  if (home !== '') places.push({ level: 10, kind: 'Namespace', namespace: '', name: home, sections: [], owner: home });
  if (service !== undefined) {
    const { kind, namespace, name } = service;
    places.push({ level: SERVICE_LEVEL, kind, namespace, name, sections: [service.portName, String(service.port)], owner: namespace });
  }
  if (gateway !== undefined) places.push({ level: 30, kind: 'Gateway', ...named(gateway), sections: [gateway.listener], owner: gateway.namespace });
  if (route !== undefined) places.push({ level: 40, kind: route.kind, ...named(route), sections: [route.rule], owner: route.namespace });
  return places;
}

const named = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => ({ namespace, name });

/** Policies of a kind that hold for a subject, the least specific first. */
export function attachments(mesh: Mesh, kind: string, subject: Subject): readonly Attachment[] {
  if (mesh.policies.size === 0) return NONE;
  const found = placesFor(subject).flatMap((place) => atPlace(mesh, kind, place, subject.consumer));
  return [...found, ...selected(mesh, kind, subject)].sort((a, b) => a.level - b.level);
}

const NONE: readonly Attachment[] = [];
/** What a consumer may have policies of its own about. */
const CALLED: ReadonlySet<TargetKind> = new Set(['Service', 'ExternalService', 'Namespace']);
/** Where what is about one service begins. */
export const SERVICE_LEVEL = 20;
const SECTION = 4;
const CONSUMER = 2;

/** The youngest first: of two on one level, the older is laid over it. */
function atPlace(mesh: Mesh, kind: string, place: Place, consumer: string): readonly Attachment[] {
  const policies = policiesAt(mesh, policyPlace(place.kind, place.namespace, place.name));
  return policies.toReversed().flatMap((policy) => {
    if (policy.kind !== kind) return [];
    const theirs = place.owner === '' || policy.namespace === place.owner;
    const ours = !theirs && consumer !== '' && policy.namespace === consumer && CALLED.has(place.kind);
    if (!theirs && !ours) return [];
    return policy.targets.flatMap((target) => {
      if (!isAt(target, place)) return [];
      const level = place.level + (target.section === undefined ? 0 : SECTION) + (ours ? CONSUMER : 0);
      return [{ policy, level, kind: target.kind, words: wordsOf(target) }];
    });
  });
}

function isAt(target: PolicyTarget, place: Place): boolean {
  if (target.kind !== place.kind || target.namespace !== place.namespace || target.name !== place.name) return false;
  return target.section === undefined || place.sections.includes(target.section);
}

function wordsOf({ kind, name, section }: PolicyTarget): string {
  if (kind === 'Mesh') return 'Mesh';
  return `${kind}/${name}${section === undefined ? '' : ` "${section}"`}`;
}

function selected(mesh: Mesh, kind: string, { workload }: Subject): readonly Attachment[] {
  if (workload === undefined) return NONE;
  const policies = policiesAt(mesh, policyPlace(SELECTED, workload.namespace, '')).filter((policy) => policy.kind === kind);
  return policies
    .toReversed()
    .filter((policy) => policy.selector !== undefined && selects(policy.selector, workload.labels))
    .map((policy) => ({ policy, level: SERVICE_LEVEL, kind: SELECTED, words: 'workload selector' }));
}

/** Whether callers of `namespace` have policies of their own about a Service (or its namespace) of another one. */
export function hasConsumerPolicies(
  mesh: Mesh,
  service: { readonly kind?: 'Service' | 'ExternalService'; readonly namespace: string; readonly name: string },
  namespace: string,
  kinds?: ReadonlySet<string>,
): boolean {
  if (mesh.policies.size === 0 || service.namespace === namespace) return false;
  const places = [policyPlace(service.kind ?? 'Service', service.namespace, service.name), policyPlace('Namespace', '', service.namespace)];
  return places.some((place) => policiesAt(mesh, place).some((policy) => policy.namespace === namespace && (kinds === undefined || kinds.has(policy.kind))));
}

/** Whether any policy names this route or a rule of it. */
export function isNamed(mesh: Mesh, kind: TargetKind, namespace: string, name: string): boolean {
  return mesh.policies.size > 0 && mesh.index.policiesByTarget.get(policyPlace(kind, namespace, name)) !== undefined;
}
