// What a resource points at by name. Its bytes are walked field by field along the descriptors, without building messages, and
// once in the resource's life: resources are shared by thousands of snapshots.
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ClusterSchema, ConfigSourceSchema, ExtensionConfigSourceSchema } from './messages.ts';
import { joined, messageType } from './registry.ts';
import { type Resource, type ResourceType, TYPE_URLS } from './resource.ts';
import { decodeUtf8 } from './text.ts';

export interface Reference {
  readonly type: ResourceType;
  readonly name: string;
}

interface Found {
  readonly text: (field: string) => readonly string[];
  readonly bytes: (field: string) => readonly Uint8Array[];
}

type Pointer = (found: Found) => readonly Reference[];

const clustersIn =
  (field: string): Pointer =>
  ({ text }) =>
    text(field).map((name) => ({ type: 'cluster', name }));

/** Whether a ConfigSource says "on this stream"; secrets and routes from files are not ours. */
function fromStream(sources: readonly Uint8Array[]): boolean {
  return sources.some((bytes) => fieldsNamed(ConfigSourceSchema, bytes, 'ads').length > 0);
}

/** Messages that name resources, and how. */
const POINTERS: Readonly<Record<string, Pointer>> = {
  // Only clusters of type EDS may have one: Envoy refuses all others that do.
  'envoy.config.cluster.v3.Cluster': ({ text, bytes }) =>
    bytes('eds_cluster_config').flatMap((config) => {
      const called = fieldsNamed(ClusterSchema.field.edsClusterConfig.message, config, 'service_name').map(decodeUtf8);
      return (called.length > 0 ? called : text('name')).map((name) => ({ type: 'endpoints', name }));
    }),
  'envoy.config.route.v3.RouteAction': clustersIn('cluster'),
  'envoy.config.route.v3.RouteAction.RequestMirrorPolicy': clustersIn('cluster'),
  'envoy.config.route.v3.WeightedCluster.ClusterWeight': clustersIn('name'),
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': clustersIn('cluster'),
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': clustersIn('name'),
  'envoy.extensions.filters.network.http_connection_manager.v3.Rds': ({ text, bytes }) =>
    fromStream(bytes('config_source')) ? text('route_config_name').map((name) => ({ type: 'routes', name })) : [],
  'envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig': ({ text, bytes }) =>
    fromStream(bytes('sds_config')) ? text('name').map((name) => ({ type: 'secret', name })) : [],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': ({ text, bytes }) =>
    // With a default it does without.
    bytes('config_discovery').some((source) => fieldsNamed(ExtensionConfigSourceSchema, source, 'default_config').length === 0)
      ? text('name').map((name) => ({ type: 'extension', name }))
      : [],
  'envoy.config.listener.v3.Filter': ({ text, bytes }) =>
    bytes('config_discovery').length > 0 ? text('name').map((name) => ({ type: 'extension', name })) : [],
};

const CACHE = new WeakMap<Resource | Uint8Array, readonly Reference[]>();

/** What a message that is no resource itself points at. */
export function referencesIn(desc: DescMessage, bytes: Uint8Array): readonly Reference[] {
  const found: Reference[] = [];
  walk(desc, bytes, (reference) => void (reference.name !== '' && found.push(reference)));
  return found;
}

/**
 * Says of the bytes of a resource what it points at, part by part; whoever puts it together of thousands of parts knows that of each
 * since it was made.
 */
export function pointsAt(bytes: Uint8Array, parts: Iterable<readonly Reference[]>): void {
  const found = new Map<string, Reference>();
  let last: Reference | undefined;
  for (const part of parts) {
    for (const reference of part) {
      if (reference.name === last?.name && reference.type === last.type) continue;
      last = reference;
      found.set(`${reference.type} ${reference.name}`, reference);
    }
  }
  CACHE.set(bytes, [...found.values()]);
}

/** Names of other resources that this one needs, each once. Bytes that cannot be read point at nothing. */
export function referencesOf(resource: Resource): readonly Reference[] {
  const [bytes = resource, ...more] = resource.body;
  // Clusters that are the same in every proxy share their bytes.
  const key = more.length === 0 ? bytes : resource;
  const known = CACHE.get(key);
  if (known !== undefined) return known;
  const references = new Map<string, Reference>();
  const desc = messageType(TYPE_URLS[resource.type]);
  const note = (reference: Reference): void => void (reference.name !== '' && references.set(`${reference.type} ${reference.name}`, reference));
  try {
    if (desc !== undefined) walk(desc, joined(resource.body), note);
  } catch {
    references.clear(); // no message at all: Envoy will say so better than this could
  }
  const result = [...references.values()];
  CACHE.set(key, result);
  return result;
}

function walk(desc: DescMessage, bytes: Uint8Array, note: (reference: Reference) => void): void {
  const fields = delimitedFields(desc, bytes);
  if (desc.typeName === 'google.protobuf.Any') {
    const [url, value] = ['type_url', 'value'].map((name) => fields.find(({ field }) => field.name === name)?.bytes);
    const packed = url === undefined ? undefined : messageType(decodeUtf8(url));
    if (packed !== undefined && value !== undefined) walk(packed, value, note);
    return;
  }
  const bytesOf = (name: string): readonly Uint8Array[] => fields.filter(({ field }) => field.name === name).map((part) => part.bytes);
  POINTERS[desc.typeName]?.({ bytes: bytesOf, text: (name) => bytesOf(name).map(decodeUtf8) }).forEach(note);
  for (const { field, bytes: part } of fields) {
    if (field.message === undefined) continue;
    if (field.fieldKind === 'map') eachMapValue(part, (value) => walk(field.message as DescMessage, value, note));
    else walk(field.message, part, note);
  }
}

interface Part {
  readonly field: DescField;
  readonly bytes: Uint8Array;
}

const BY_NUMBER = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(desc: DescMessage): ReadonlyMap<number, DescField> {
  const known = BY_NUMBER.get(desc);
  if (known !== undefined) return known;
  const fields = new Map(desc.fields.map((field) => [field.number, field]));
  BY_NUMBER.set(desc, fields);
  return fields;
}

function fieldsNamed(desc: DescMessage | undefined, bytes: Uint8Array, name: string): readonly Uint8Array[] {
  if (desc === undefined) return [];
  return delimitedFields(desc, bytes).flatMap((part) => (part.field.name === name ? [part.bytes] : []));
}

function delimitedFields(desc: DescMessage, bytes: Uint8Array): readonly Part[] {
  const fields = fieldsOf(desc);
  const reader = new BinaryReader(bytes);
  const parts: Part[] = [];
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = fields.get(number);
    if (wire === WireType.LengthDelimited && field !== undefined) parts.push({ field, bytes: reader.bytes() });
    else reader.skip(wire);
  }
  return parts;
}

/** The `value` of a map entry. */
function eachMapValue(entry: Uint8Array, take: (value: Uint8Array) => void): void {
  const reader = new BinaryReader(entry);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (number === 2 && wire === WireType.LengthDelimited) take(reader.bytes());
    else reader.skip(wire);
  }
}
