// What routes of any kind say, parsed: parents, rules, matches, filters, backends. HTTPRoute and GRPCRoute are one entity.
import type { Origin } from '../base/index.ts';
import type { DocumentKey, GatewayKey, ServiceKey } from './entities.ts';

interface ParentPlace {
  readonly namespace: string;
  readonly name: string;
  readonly port?: number;
  /** Name of a Service's port, or of a listener. */
  readonly section?: string;
  readonly origin: Origin;
}

/** What a route is attached to, as its parentRef says; neither port nor section = all ports, all listeners. It need not exist. */
export type RouteParent = ParentPlace &
  ({ readonly kind: 'Service'; readonly key: ServiceKey } | { readonly kind: 'Gateway' | 'ListenerSet'; readonly key: GatewayKey });
export type ServiceParent = Extract<RouteParent, { kind: 'Service' }>;

/** How a text is compared. `range` is of whole numbers, its end excluded. */
export type StringMatch =
  | { readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex'; readonly value: string; readonly ignoreCase?: true }
  | { readonly kind: 'present' }
  | { readonly kind: 'range'; readonly start: number; readonly end: number };
export type PathMatch = { readonly kind: 'exact' | 'pathPrefix' | 'regex'; readonly value: string; readonly ignoreCase?: true };

/** A condition on a named value. With `not` it holds for a value that is not there, which counts as empty. */
export interface NamedMatch {
  readonly name: string;
  readonly match: StringMatch;
  readonly not?: true;
}

/** What a RouteFilter adds to every match of the rules that refer to it; all of it must hold. */
export interface MatchExtension {
  /** `namespace/name` of the RouteFilter. */
  readonly filter: string;
  readonly methods: readonly string[];
  readonly notMethods: readonly string[];
  readonly schemes: readonly ('http' | 'https')[];
  readonly paths: readonly { readonly match: Extract<StringMatch, { value: string }>; readonly not?: true }[];
  readonly ignorePathCase: boolean;
  readonly headers: readonly NamedMatch[];
  readonly query: readonly NamedMatch[];
  readonly cookies: readonly NamedMatch[];
  /** Callers; decided where the caller is known. */
  readonly source?: SourceMatch;
}

/** Of whom a request comes; every list that is not empty must contain the caller. */
export interface SourceMatch {
  readonly namespaces: readonly string[];
  /** `namespace/name`. */
  readonly serviceAccounts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly not: boolean;
}

export interface RouteMatch {
  readonly path: PathMatch;
  readonly method?: string;
  readonly headers: readonly NamedMatch[];
  readonly query: readonly NamedMatch[];
  /** A gRPC service and method, as far as the match names them: lengths decide its precedence. `path` says the same to Envoy. */
  readonly grpc?: { readonly service: string; readonly method: string };
  readonly origin: Origin;
}

export interface HeaderChange {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}

export type PathChange =
  | { readonly kind: 'full' | 'prefix'; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly value: string };

export interface Redirect {
  readonly scheme?: 'http' | 'https';
  readonly hostname?: string;
  readonly path?: PathChange;
  readonly port?: number;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly origin: Origin;
}

export interface Rewrite {
  readonly hostname?: string;
  readonly path?: PathChange;
  readonly origin: Origin;
}

export interface Mirror {
  readonly backend: BackendTarget;
  /** Of requests, from 0 to 1. */
  readonly share: number;
  readonly origin: Origin;
}

export interface Cors {
  readonly allowOrigins: readonly string[];
  readonly allowCredentials: boolean;
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
  readonly origin: Origin;
}

/** An authorizer that is asked before a request goes on. */
export interface ExternalAuth {
  readonly protocol: 'HTTP' | 'GRPC';
  readonly backend: BackendTarget;
  /** Headers that it is told; empty = as its protocol has it. */
  readonly allowedHeaders: readonly string[];
  /** HTTP: in front of the path. */
  readonly path: string;
  /** HTTP: headers of its answer that go on with the request; empty = all. */
  readonly allowedResponseHeaders: readonly string[];
  /** Of the body, in bytes; 0 = none. */
  readonly maxBodyBytes: number;
  readonly origin: Origin;
}

/** What backendRefs name; of a kind that no backend has when `kind` is unknown. */
export interface BackendTarget {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** A reference to a RouteFilter of the route's namespace, or to something that is none. */
export interface FilterRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** The RouteFilter, when it is there: a route is read anew with it. */
  readonly filter?: RouteFilter;
  readonly origin: Origin;
}

/** The filters of a rule, or of one of its backends. */
export interface RouteFilters {
  readonly requestHeaders: HeaderChange;
  readonly responseHeaders: HeaderChange;
  readonly redirect?: Redirect;
  readonly rewrite?: Rewrite;
  readonly mirrors: readonly Mirror[];
  readonly cors?: Cors;
  readonly externalAuth?: ExternalAuth;
  readonly extensions: readonly FilterRef[];
}

export interface BackendRef extends RouteFilters {
  readonly target: BackendTarget;
  readonly weight: number;
  readonly origin: Origin;
}

export interface RouteRetry {
  readonly codes: readonly number[];
  readonly attempts?: number;
  readonly backoffMs?: number;
  readonly origin: Origin;
}

export interface SessionPersistence {
  readonly type: 'Cookie' | 'Header';
  /** Name of the cookie or header. */
  readonly name: string;
  /** Lifetime of a permanent cookie; 0 = as long as the client's session. Milliseconds. */
  readonly lifetimeMs: number;
  readonly path: string;
  readonly origin: Origin;
}

export interface RouteRule extends RouteFilters {
  /** The rule's own name, or its position among the unnamed ones as text; only used to show, never in an xDS name. */
  readonly name: string;
  readonly matches: readonly RouteMatch[];
  readonly backends: readonly BackendRef[];
  /** Whole request including retries; 0 = none; undefined = the mesh default. Milliseconds. */
  readonly requestTimeoutMs?: number;
  /** One try; 0 = none. Milliseconds. */
  readonly backendTimeoutMs?: number;
  readonly retry?: RouteRetry;
  readonly session?: SessionPersistence;
  readonly origin: Origin;
}

export interface HttpRoute {
  /** Those of the last three decide about connections, or datagrams: they have one rule, with one match, without filters. */
  readonly kind: 'HTTPRoute' | 'GRPCRoute' | 'TCPRoute' | 'TLSRoute' | 'UDPRoute';
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  /** Services of the route's own namespace (producer) or of another one (consumer), Gateways and ListenerSets. */
  readonly parents: readonly RouteParent[];
  /** For Gateways: exact names and `*.` wildcards, lower-case; empty = every host of the listener. A Service as parent ignores them. */
  readonly hostnames: readonly string[];
  readonly rules: readonly RouteRule[];
  /** For precedence: older first, then namespace/name. RFC 3339. */
  readonly createdAt: string;
  readonly origin: Origin;
}

/** What our own RouteFilter document says. */
export interface RouteFilter {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  readonly match?: MatchExtension;
  readonly respond?: DirectResponse;
  readonly rewrite?: Rewrite;
  readonly createdAt: string;
  readonly origin: Origin;
}

export interface DirectResponse {
  readonly status: number;
  readonly body: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Some endpoints of a Service, by label. */
export interface Subset {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  readonly service: ServiceKey;
  readonly selector: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

/** What a namespace lets others refer to: ReferenceGrant. */
export interface ReferenceGrant {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  readonly origin: Origin;
}
