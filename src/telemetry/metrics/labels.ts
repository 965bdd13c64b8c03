// Who and what a number is about: Istio's labels, made of what the proxy said of the request and of its peer, and of what its token says of itself.
import { TAG } from '../../envoy/index.ts';
import { clean } from '../clean.ts';
import type { Teller } from '../whose.ts';
import type { KeepRules } from './rules.ts';

/** Labels that tell series apart, in the order in which they are kept. */
export const LABELS = [
  'reporter',
  'source_workload',
  'source_workload_namespace',
  'source_canonical_service',
  'source_canonical_revision',
  'source_principal',
  'destination_workload',
  'destination_workload_namespace',
  'destination_canonical_service',
  'destination_canonical_revision',
  'destination_principal',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'request_protocol',
  'response_code',
  'response_flags',
  'grpc_response_status',
  'connection_security_policy',
  'route',
  'policy',
] as const;
export type Label = (typeof LABELS)[number];
export type Labels = Readonly<Record<Label, string>>;

export const UNKNOWN = 'unknown';

/** What stands for everything that is over a namespace's budget of series. */
export const OTHER = 'other';

/** Who is behind an identity, where all that have it are the same. */
export interface Named {
  readonly workload: string;
  readonly service: string;
  readonly version: string;
}

/** Who sends metrics, as its token and the mesh say. */
export interface Reporter extends Named, Teller<Reporter> {
  readonly proxy: string;
  readonly namespace: string;
  /** SPIFFE ID. */
  readonly principal: string;
  /** Services that it serves, `namespace/name`, by the port of the application; under `*` the first. */
  readonly serves: Readonly<Record<string, string>>;
  /** What its namespace wants kept; everything without. */
  readonly keeps?: KeepRules;
}

/** By SPIFFE ID. */
export type Directory = ReadonlyMap<string, Named>;

const MOST = 256;
const MOST_FLAGS = 64;
const SPIFFE = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\/([^/]+)$/;

/** Envoy says `-` and nothing for what it does not know. */
const told = (text: string | undefined, most = MOST): string => (text === undefined || text === '-' || text === '' ? UNKNOWN : clean(text, most));

interface End extends Named {
  readonly namespace: string;
  readonly principal: string;
}

type Tags = ReadonlyMap<string, string>;

/** The end that the reporter is not, as far as it is known: by its verified identity first, then by what the configuration said of the endpoint. */
function peer(tags: Tags, side: 'source' | 'destination', directory: Directory): End {
  const principal = told(tags.get(side === 'source' ? TAG.sourcePrincipal : TAG.destinationPrincipal));
  const found = directory.get(principal);
  const account = SPIFFE.exec(principal);
  const or = (text: string, otherwise: string | undefined): string => (text === UNKNOWN ? (otherwise ?? UNKNOWN) : text);
  // `checkout/v2`: what endpoints say of whom they are of
  const [service = UNKNOWN, version = UNKNOWN] = (side === 'source' ? UNKNOWN : told(tags.get(TAG.destinationWorkload))).split('/', 2);
  const workload = version === UNKNOWN ? service : `${service}-${version}`;
  return {
    principal,
    workload: or(workload, found?.workload ?? account?.[2]),
    namespace: account?.[1] ?? UNKNOWN,
    service: or(service, found?.service ?? account?.[2]),
    version: or(version, service === UNKNOWN ? found?.version : undefined),
  };
}

const ofReporter = ({ workload, namespace, service, version, principal }: Reporter): End => ({ workload, namespace, service, version, principal });

interface Called {
  readonly host: string;
  readonly name: string;
  readonly namespace: string;
}

const NAMED = /^([a-z0-9.-]+)\/([a-z0-9.-]+)$/;
const IN_MESH = /^([a-z0-9-]+)\.([a-z0-9-]+)\.(?:mesh|svc\.cluster\.local)$/;

/** `shop/checkout`, `checkout.shop.mesh`, or a host of outside. */
function calledBy(text: string): Called {
  const pair = NAMED.exec(text);
  if (pair !== null) return { host: `${pair[2]}.${pair[1]}.mesh`, name: pair[2] ?? '', namespace: pair[1] ?? '' };
  const inMesh = IN_MESH.exec(text);
  return { host: text, name: inMesh?.[1] ?? text, namespace: inMesh?.[2] ?? UNKNOWN };
}

/** Where nothing was reached, the place in the proxy says what was meant: `checkout.shop.mesh:80` or `inbound|8080||`. */
function called(tags: Tags, { serves }: Reporter, destination: boolean): Called {
  const said = told(tags.get(TAG.destinationService));
  if (said !== UNKNOWN) return calledBy(said);
  const place = told(tags.get(TAG.place));
  if (!destination) return calledBy(place.includes(':') ? place.slice(0, place.lastIndexOf(':')) : UNKNOWN);
  const port = /^inbound\|(\d+)\|/.exec(place)?.[1] ?? '';
  return calledBy(serves[port] ?? serves['*'] ?? UNKNOWN);
}

function protocolOf(tags: Tags, tcp: boolean): string {
  if (tcp) return 'tcp';
  return told(tags.get(TAG.requestProtocol)) === 'grpc' || told(tags.get(TAG.grpcStatus), 8) !== UNKNOWN ? 'grpc' : 'http';
}

/** The caller's proxy cannot tell of a call that reached nobody, or nobody of the mesh. */
function securityOf({ principal, workload }: End, isDestination: boolean): string {
  if (principal !== UNKNOWN) return 'mutual_tls';
  return isDestination || workload !== UNKNOWN ? 'none' : UNKNOWN;
}

/** Which policy is to blame for a refusal, of all that hold there, by Envoy's word for the cause. */
const BLAMED: readonly (readonly [RegExp, string])[] = [
  [/^rbac_|^jwt_|^ext_authz/, 'authz'],
  [/rate_limited/, 'ratelimit'],
  [/timeout/, 'timeout'],
  [/fault/, 'fault'],
];

function policyOf(tags: Tags): string {
  const text = tags.get(TAG.blame) ?? '';
  if (!text.startsWith('{')) return '';
  try {
    const blame = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
    const cause = BLAMED.find(([pattern]) => pattern.test(tags.get(TAG.details) ?? ''))?.[1];
    const found = blame.find(([what]) => what === cause) ?? (blame.length === 1 ? blame[0] : undefined);
    return typeof found?.[1] === 'string' ? clean(found[1], MOST) : '';
  } catch {
    return '';
  }
}

/** Labels of one series. `tcp`: of a bare connection. */
export function labelsOf(tags: Tags, reporter: Reporter, { directory, tcp }: { readonly directory: Directory; readonly tcp: boolean }): Labels {
  const isDestination = tags.get(TAG.reporter) === 'destination';
  const own = ofReporter(reporter);
  const other = peer(tags, isDestination ? 'source' : 'destination', directory);
  const [source, destination] = isDestination ? [other, own] : [own, other];
  const service = called(tags, reporter, isDestination);
  const status = told(tags.get(TAG.grpcStatus), 8);
  const code = clean(tags.get(TAG.responseCode) ?? '', 8);
  return {
    reporter: isDestination ? 'destination' : 'source',
    source_workload: source.workload,
    source_workload_namespace: source.namespace,
    source_canonical_service: source.service,
    source_canonical_revision: source.version,
    source_principal: source.principal,
    destination_workload: destination.workload,
    destination_workload_namespace: destination.namespace,
    destination_canonical_service: destination.service,
    destination_canonical_revision: destination.version,
    destination_principal: destination.principal,
    destination_service: service.host,
    destination_service_name: service.name,
    destination_service_namespace: service.namespace,
    request_protocol: protocolOf(tags, tcp),
    response_code: code,
    response_flags: tags.has(TAG.responseFlags) ? clean(tags.get(TAG.responseFlags) || '-', MOST_FLAGS) : '',
    grpc_response_status: status === UNKNOWN ? '' : status,
    connection_security_policy: securityOf(other, isDestination),
    route: clean(tags.get(TAG.route) ?? '', MOST).replace(/^-$/, ''),
    policy: policyOf(tags),
  };
}

const APART = '\t';

/** One line of text that is equal for equal labels. No value has a control character. */
export function labelsText(labels: Labels): string {
  return LABELS.map((label) => labels[label]).join(APART);
}

export function labelsFromText(text: string): Labels {
  const values = text.split(APART);
  return Object.fromEntries(LABELS.map((label, at) => [label, values[at] ?? ''])) as Record<Label, string>;
}

/** What is kept of labels that are over the budget: what happened and where to, not who. `within`: the service may be told apart. */
export function folded(labels: Labels, within: boolean): Labels {
  const code = labels.response_code === '' ? '' : `${labels.response_code.slice(0, 1)}00`.replace('000', '0');
  const kept: Partial<Record<Label, string>> = {
    reporter: labels.reporter,
    request_protocol: labels.request_protocol,
    connection_security_policy: labels.connection_security_policy,
    response_code: code,
    response_flags: '-',
    grpc_response_status: /^\d{1,2}$/.test(labels.grpc_response_status) ? labels.grpc_response_status : '',
    route: '',
    policy: '',
    ...(within
      ? {
          destination_service: labels.destination_service,
          destination_service_name: labels.destination_service_name,
          destination_service_namespace: labels.destination_service_namespace,
        }
      : {}),
  };
  return Object.fromEntries(LABELS.map((label) => [label, kept[label] ?? OTHER])) as Record<Label, string>;
}

/** `namespace/name` of the service that was called, or the host of outside. */
export function serviceOf({ destination_service_name: name, destination_service_namespace: namespace, destination_service: host }: Labels): string {
  return namespace === UNKNOWN || namespace === '' ? host : `${namespace}/${name}`;
}
