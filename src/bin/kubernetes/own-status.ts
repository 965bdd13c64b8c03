// What of a document's status is ours to write, and what it becomes together with what others wrote. Pure.
import { canonicalJson } from '../../base/index.ts';
import { type Document, groupOf, isMirrored, OUR_CONTROLLERS } from '../../model/index.ts';

type Fields = Readonly<Record<string, unknown>>;

const GATEWAY_API = 'gateway.networking.k8s.io';

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);

export interface Claims {
  /** Whether Gateways of this class are ours. */
  readonly classIsOurs: (name: string) => boolean;
  /** The class of a Gateway; undefined when there is none of that name. */
  readonly classOf: (namespace: string, name: string) => string | undefined;
}

/** Lists that the server knows as one value, where each entry names its controller (Gateway API: RouteStatus, PolicyStatus). */
const SHARED: Readonly<Record<string, string>> = {
  HTTPRoute: 'parents',
  GRPCRoute: 'parents',
  TCPRoute: 'parents',
  TLSRoute: 'parents',
  UDPRoute: 'parents',
  BackendTLSPolicy: 'ancestors',
};

/** What the server has a field for: it refuses others in an apply. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  Gateway: ['addresses', 'attachedListenerSets', 'conditions', 'listeners'],
  GatewayClass: ['conditions', 'supportedFeatures'],
  ListenerSet: ['conditions', 'listeners'],
};

/** Pods are Workloads in the mesh and no objects of that kind. */
const NO_OBJECTS: ReadonlySet<string> = new Set(['Workload', 'LearnedScope', 'DiscoveredProvider']);

function isOurs({ kind, spec, metadata }: Document, { classIsOurs, classOf }: Claims): boolean {
  if (kind === 'GatewayClass') return OUR_CONTROLLERS.has(String(spec['controllerName']));
  if (kind === 'Gateway') return classIsOurs(String(spec['gatewayClassName']));
  const { name, namespace } = fields(spec['parentRef']);
  const found = classOf(typeof namespace === 'string' && namespace !== '' ? namespace : metadata.namespace, String(name));
  return found !== undefined && classIsOurs(found);
}

/** Our part of the status of the object that this document is; undefined when we have nothing to say about it, now or ever. */
export function ownStatus(document: Document, claims: Claims): Fields | undefined {
  const { kind, apiVersion, status = {} } = document;
  if (!isMirrored(document)) return undefined;
  const group = groupOf(apiVersion);
  if (group === 'weft.dev') return NO_OBJECTS.has(kind) || document.status === undefined ? undefined : status;
  if (group !== GATEWAY_API) return undefined;
  const shared = SHARED[kind];
  if (shared !== undefined) return { [shared]: list(status[shared]).filter((each) => OUR_CONTROLLERS.has(String(each['controllerName']))) };
  const known = WHOLE[kind];
  if (known === undefined || document.status === undefined || !isOurs(document, claims)) return undefined;
  return Object.fromEntries(known.flatMap((field) => (status[field] === undefined ? [] : [[field, status[field]]])));
}

/** A condition says since when it holds: whoever said so first is believed, also where another replica says it now. */
function settledConditions(ours: unknown, there: unknown): readonly Fields[] {
  const known = list(there);
  return list(ours).map((one) => {
    const same = known.find((each) => each['type'] === one['type'] && each['status'] === one['status']);
    return same?.['lastTransitionTime'] === undefined ? one : { ...one, lastTransitionTime: same['lastTransitionTime'] };
  });
}

const withConditions = (ours: Fields, there: Fields | undefined): Fields =>
  ours['conditions'] === undefined ? ours : { ...ours, conditions: settledConditions(ours['conditions'], there?.['conditions']) };

const REFERENCES: Readonly<Record<string, string>> = { parents: 'parentRef', ancestors: 'ancestorRef' };

function settledShared(field: string, ours: unknown, there: unknown): readonly Fields[] {
  const ref = REFERENCES[field] ?? '';
  const known = list(there);
  const mine = list(ours).map((one) => {
    const same = known.find((each) => each['controllerName'] === one['controllerName'] && canonicalJson(each[ref] ?? null) === canonicalJson(one[ref] ?? null));
    return withConditions(one, same);
  });
  return [...known.filter((each) => !OUR_CONTROLLERS.has(String(each['controllerName']))), ...mine];
}

function settledListeners(ours: unknown, there: unknown): readonly Fields[] {
  const known = list(there);
  return list(ours).map((one) =>
    withConditions(
      one,
      known.find((each) => each['name'] === one['name']),
    ),
  );
}

/**
 * What is to be applied, where the object has the status `there`: entries of other controllers stay as they are, and times of conditions that
 * did not change their status. Undefined when the object says all of it already.
 */
export function statusToApply(ours: Fields, there: Fields): Fields | undefined {
  const settled = Object.fromEntries(
    Object.entries(withConditions(ours, there)).map(([field, value]) => {
      if (REFERENCES[field] !== undefined) return [field, settledShared(field, value, there[field])];
      return [field, field === 'listeners' ? settledListeners(value, there[field]) : value];
    }),
  );
  return Object.entries(settled).every(([field, value]) => says(there[field], value)) ? undefined : settled;
}

/** Whether what is there says at least this. Lists that are told apart by name or type may have entries of others. */
function says(there: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted) && Array.isArray(there)) {
    const id = (value: unknown): unknown => fields(value)['type'] ?? fields(value)['name'];
    const named = wanted.length > 0 && wanted.every((each) => fields(each)['lastTransitionTime'] !== undefined);
    if (!named) return wanted.length === there.length && wanted.every((each, at) => says(there[at], each));
    return wanted.every((each) => there.some((other) => id(other) === id(each) && says(other, each)));
  }
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    if (typeof there !== 'object' || there === null) return false;
    return Object.entries(wanted).every(([field, value]) => says(fields(there)[field], value));
  }
  if (there === undefined && Array.isArray(wanted) && wanted.length === 0) return true;
  return (wanted === undefined && there === undefined) || canonicalJson(wanted ?? null) === canonicalJson(there ?? null);
}
