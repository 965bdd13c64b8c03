// What gateways are made of, parsed: the entities the compiler reads of Gateway, ListenerSet, Secret, ConfigMap and BackendTLSPolicy.
import type { Origin } from '../base/index.ts';
import type { DocumentKey, GatewayKey } from './entities.ts';

/** A reference to another document. It need not exist, and the namespace may be another one. */
export interface ObjectRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: Origin;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

/** Namespaces that may attach something. */
export interface AllowedNamespaces {
  readonly from: 'All' | 'Selector' | 'Same' | 'None';
  readonly selector?: LabelSelector;
}

export interface RouteKind {
  readonly group: string;
  readonly kind: string;
}

export interface Listener {
  readonly name: string;
  /** Lower-case; '' = every host. */
  readonly hostname: string;
  readonly port: number;
  /** `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a name nobody knows. */
  readonly protocol: string;
  readonly tls?: { readonly mode: 'Terminate' | 'Passthrough'; readonly certificates: readonly ObjectRef[] };
  readonly namespaces: AllowedNamespaces;
  /** Empty = those that fit the protocol. */
  readonly kinds: readonly RouteKind[];
  readonly origin: Origin;
}

/** Which certificates clients must have. */
export interface ClientValidation {
  readonly authorities: readonly ObjectRef[];
  readonly mode: 'AllowValidOnly' | 'AllowInsecureFallback';
  readonly origin: Origin;
}

export interface Gateway {
  readonly key: DocumentKey;
  readonly id: GatewayKey;
  readonly namespace: string;
  readonly name: string;
  readonly className: string;
  readonly listeners: readonly Listener[];
  /** IP addresses; empty = where each proxy says. */
  readonly addresses: readonly string[];
  /** Addresses of types that no gateway of Weft can have. */
  readonly strangeAddresses: readonly { readonly type: string; readonly origin: Origin }[];
  readonly infrastructure: Infrastructure;
  readonly allowedListeners: AllowedNamespaces;
  readonly validation?: ClientValidation;
  /** Instead of `validation`, by port; undefined = none there. */
  readonly validationByPort: ReadonlyMap<number, ClientValidation | undefined>;
  readonly clientCertificate?: ObjectRef;
  readonly createdAt: string;
  readonly origin: Origin;
}

/** What is said of the things that are made for a Gateway. */
export interface Infrastructure {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly parameters?: ObjectRef;
}

export interface ListenerSet {
  readonly key: DocumentKey;
  readonly id: GatewayKey;
  readonly namespace: string;
  readonly name: string;
  readonly gateway: GatewayKey;
  readonly listeners: readonly Listener[];
  readonly createdAt: string;
  /** Of its parentRef. */
  readonly parentOrigin: Origin;
  readonly origin: Origin;
}

export interface GatewayClass {
  readonly key: DocumentKey;
  readonly name: string;
  readonly controller: string;
  /** Of another group or kind than a ConfigMap it leads nowhere. */
  readonly parameters?: ObjectRef;
  readonly origin: Origin;
}

/** A Secret. Its certificate has been checked when it is of type kubernetes.io/tls. */
export interface Secret {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  /** Absent when the Secret is of another type. */
  readonly pair?: {
    readonly certificatePem: string;
    readonly keyPem: string;
    /** DNS names of the leaf, lower-case. */
    readonly names: readonly string[];
    /** Epoch ms. */
    readonly notBefore: number;
    readonly notAfter: number;
  };
  /** PEM under `ca.crt`, when there is any. */
  readonly authorities?: string;
  readonly origin: Origin;
}

export interface ConfigMap {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

/** How to connect with TLS to the ports of some backends. */
export interface BackendTls {
  readonly key: DocumentKey;
  readonly namespace: string;
  readonly name: string;
  readonly targets: readonly { readonly kind: 'Service' | 'ExternalService'; readonly name: string; readonly section: string; readonly origin: Origin }[];
  readonly hostname: string;
  /** Who may answer instead of `hostname`, when there is any. */
  readonly names: readonly { readonly kind: 'dns' | 'uri'; readonly value: string }[];
  /** Empty with `system`. */
  readonly authorities: readonly ObjectRef[];
  readonly system: boolean;
  readonly createdAt: string;
  readonly origin: Origin;
}
