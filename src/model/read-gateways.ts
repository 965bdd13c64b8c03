// Documents of gateways that passed their checks → entities. `spec` is the schema's output.
import type { Document } from './entities.ts';
import type {
  AllowedNamespaces,
  BackendTls,
  ClientValidation,
  ConfigMap,
  Gateway,
  GatewayClass,
  Infrastructure,
  Listener,
  ListenerSet,
  ObjectRef,
  Secret,
} from './gateways.ts';
import { documentKey, gatewayKey } from './keys.ts';
import type { BackendTlsPolicySpec } from './kinds/backend-tls-policy.ts';
import type { ConfigMapSpec } from './kinds/config-map.ts';
import type { GatewaySpec } from './kinds/gateway.ts';
import type { GatewayClassSpec } from './kinds/gateway-class.ts';
import type { ListenerSpec } from './kinds/listener.ts';
import { protocolName } from './kinds/listener-check.ts';
import type { ListenerSetSpec } from './kinds/listener-set.ts';
import type { SecretSpec } from './kinds/secret.ts';
import { secretText, tlsPairOf } from './kinds/secret-pair.ts';
import { originsOf } from './place.ts';

type At = ReturnType<typeof originsOf>;

interface Place {
  readonly namespace: string;
  readonly at: At;
  readonly path: string;
}

interface RefSpec {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

function readRef({ group, kind, name, namespace }: RefSpec, place: Place): ObjectRef {
  return { group: group === 'core' ? '' : group, kind, name, namespace: namespace ?? place.namespace, origin: place.at(place.path) };
}

function readRefs(refs: readonly RefSpec[], place: Place): readonly ObjectRef[] {
  return refs.map((ref, at) => readRef(ref, { ...place, path: `${place.path}[${at}]` }));
}

type NamespacesSpec = ListenerSpec['allowedRoutes']['namespaces'];

function readNamespaces({ from, selector }: NamespacesSpec): AllowedNamespaces {
  return selector === undefined ? { from } : { from, selector };
}

function readListener(spec: ListenerSpec, place: Place): Listener {
  const { name, hostname = '', port, protocol, tls, allowedRoutes } = spec;
  const certificates =
    tls === undefined || tls.mode === 'Passthrough' ? [] : readRefs(tls.certificateRefs, { ...place, path: `${place.path}.tls.certificateRefs` });
  return {
    name,
    hostname: hostname.toLowerCase(),
    port,
    protocol: protocolName(protocol),
    ...(tls === undefined ? {} : { tls: { mode: tls.mode, certificates } }),
    namespaces: readNamespaces(allowedRoutes.namespaces),
    kinds: allowedRoutes.kinds.map(({ group, kind }) => ({ group, kind })),
    origin: place.at(place.path),
  };
}

function readListeners(specs: readonly ListenerSpec[], namespace: string, at: At): readonly Listener[] {
  return specs.map((spec, index) => readListener(spec, { namespace, at, path: `spec.listeners[${index}]` }));
}

type ValidationSpec = NonNullable<NonNullable<NonNullable<GatewaySpec['tls']>['frontend']>['default']['validation']>;

function readValidation(spec: ValidationSpec | undefined, place: Place): ClientValidation | undefined {
  if (spec === undefined) return undefined;
  return {
    authorities: readRefs(spec.caCertificateRefs, { ...place, path: `${place.path}.caCertificateRefs` }),
    mode: spec.mode,
    origin: place.at(place.path),
  };
}

export function readGateway(document: Document, spec: GatewaySpec): Gateway {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  const { frontend, backend } = spec.tls ?? {};
  const validation = readValidation(frontend?.default.validation, { namespace, at, path: 'spec.tls.frontend.default.validation' });
  const client = backend?.clientCertificateRef;
  const byPort = (frontend?.perPort ?? []).map(
    ({ port, tls }, index) => [port, readValidation(tls.validation, { namespace, at, path: `spec.tls.frontend.perPort[${index}].tls.validation` })] as const,
  );
  return {
    key: documentKey(document),
    id: gatewayKey(namespace, name),
    namespace,
    name,
    className: spec.gatewayClassName,
    listeners: readListeners(spec.listeners, namespace, at),
    addresses: spec.addresses.flatMap(({ type, value }) => (value === '' || type !== 'IPAddress' ? [] : [value])),
    strangeAddresses: spec.addresses.flatMap(({ type }, index) => (type === 'IPAddress' ? [] : [{ type, origin: at(`spec.addresses[${index}]`) }])),
    infrastructure: readInfrastructure(spec.infrastructure, { namespace, at, path: 'spec.infrastructure' }),
    allowedListeners: readNamespaces(spec.allowedListeners.namespaces),
    ...(validation === undefined ? {} : { validation }),
    validationByPort: new Map(byPort),
    ...(client === undefined ? {} : { clientCertificate: readRef(client, { namespace, at, path: 'spec.tls.backend.clientCertificateRef' }) }),
    createdAt: creationTimestamp,
    origin: at(''),
  };
}

function readInfrastructure(spec: GatewaySpec['infrastructure'], place: Place): Infrastructure {
  const { labels = {}, annotations = {}, parametersRef } = spec ?? {};
  return {
    labels,
    annotations,
    ...(parametersRef === undefined ? {} : { parameters: readRef(parametersRef, { ...place, path: `${place.path}.parametersRef` }) }),
  };
}

export function readListenerSet(document: Document, spec: ListenerSetSpec): ListenerSet {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  return {
    key: documentKey(document),
    id: gatewayKey(namespace, name),
    namespace,
    name,
    gateway: gatewayKey(spec.parentRef.namespace ?? namespace, spec.parentRef.name),
    listeners: readListeners(spec.listeners, namespace, at),
    createdAt: creationTimestamp,
    parentOrigin: at('spec.parentRef'),
    origin: at(''),
  };
}

export function readGatewayClass(document: Document, spec: GatewayClassSpec): GatewayClass {
  const at = originsOf(document);
  const { controllerName, parametersRef } = spec;
  return {
    key: documentKey(document),
    name: document.metadata.name,
    controller: controllerName,
    ...(parametersRef === undefined ? {} : { parameters: readRef(parametersRef, { namespace: '', at, path: 'spec.parametersRef' }) }),
    origin: at(''),
  };
}

export function readSecret(document: Document, spec: SecretSpec): Secret {
  const { namespace, name } = document.metadata;
  const read = spec.type === 'kubernetes.io/tls' ? tlsPairOf(spec) : undefined;
  const authorities = secretText(spec, 'ca.crt');
  return {
    key: documentKey(document),
    namespace,
    name,
    type: spec.type,
    ...(read?.ok === true ? { pair: { certificatePem: secretText(spec, 'tls.crt'), keyPem: secretText(spec, 'tls.key'), ...datesOf(read.value) } } : {}),
    ...(authorities === '' ? {} : { authorities }),
    origin: originsOf(document)(''),
  };
}

function datesOf({ names, notBefore, notAfter }: { readonly names: readonly string[]; readonly notBefore: number; readonly notAfter: number }) {
  return { names, notBefore, notAfter };
}

export function readConfigMap(document: Document, spec: ConfigMapSpec): ConfigMap {
  const { namespace, name } = document.metadata;
  return { key: documentKey(document), namespace, name, data: spec.data, origin: originsOf(document)('') };
}

export function readBackendTls(document: Document, spec: BackendTlsPolicySpec): BackendTls {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  const { hostname, subjectAltNames, caCertificateRefs, wellKnownCACertificates } = spec.validation;
  return {
    key: documentKey(document),
    namespace,
    name,
    targets: spec.targetRefs.map((ref, index) => ({
      kind: ref.kind === 'Service' ? ('Service' as const) : ('ExternalService' as const),
      name: ref.name,
      section: ref.sectionName ?? '',
      origin: at(`spec.targetRefs[${index}]`),
    })),
    hostname,
    names: subjectAltNames.map(({ type, hostname: host = '', uri = '' }) =>
      type === 'Hostname' ? { kind: 'dns' as const, value: host } : { kind: 'uri' as const, value: uri },
    ),
    authorities: readRefs(caCertificateRefs, { namespace, at, path: 'spec.validation.caCertificateRefs' }),
    system: wellKnownCACertificates === 'System',
    createdAt: creationTimestamp,
    origin: at(''),
  };
}
