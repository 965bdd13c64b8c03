import { RESOURCE_TYPES, type ResourceType, TYPE_URLS } from '../envoy/index.ts';
import type { DeltaRequest } from './protocol.ts';
import { eachField, type Field, textOf } from './wire-format.ts';

const TYPES: ReadonlyMap<string, ResourceType> = new Map(RESOURCE_TYPES.map((type) => [TYPE_URLS[type], type]));

type Draft = { -readonly [K in keyof DeltaRequest]: DeltaRequest[K] } & { subscribe: string[]; unsubscribe: string[]; initialVersions: Map<string, string> };

/** Field numbers of envoy.service.discovery.v3.DeltaDiscoveryRequest. */
const TAKE: Readonly<Record<number, (request: Draft, field: Field) => void>> = {
  1: (request, field) => {
    request.node = nodeOf(field.bytes);
  },
  2: (request, field) => {
    request.typeUrl = textOf(field);
    const type = TYPES.get(request.typeUrl);
    if (type !== undefined) request.type = type;
  },
  3: (request, field) => void request.subscribe.push(textOf(field)),
  4: (request, field) => void request.unsubscribe.push(textOf(field)),
  5: (request, field) => {
    const [name, version] = texts(field.bytes, 1, 2);
    request.initialVersions.set(name, version);
  },
  6: (request, field) => {
    request.nonce = textOf(field);
  },
  7: (request, field) => {
    let code = 0;
    eachField(field.bytes, ({ number, value }) => {
      if (number === 1) code = value;
    });
    request.error = { code, message: texts(field.bytes, 2, 2)[0] };
  },
};

/**
 * Reads a DeltaDiscoveryRequest. By hand, because a thousand proxies that reconnect send a thousand nodes full of metadata that
 * nobody reads. Throws WeftError `malformed-request` (gRPC INVALID_ARGUMENT) on bytes that are no protobuf message.
 */
export function decodeRequest(bytes: Uint8Array): DeltaRequest {
  const request: Draft = { typeUrl: '', subscribe: [], unsubscribe: [], initialVersions: new Map(), nonce: '' };
  eachField(bytes, (field) => TAKE[field.number]?.(request, field));
  return request;
}

/** Two text fields of a small message. */
function texts(bytes: Uint8Array, first: number, second: number): [string, string] {
  const found: [string, string] = ['', ''];
  eachField(bytes, (field) => {
    if (field.number === first) found[0] = textOf(field);
    if (field.number === second) found[1] = textOf(field);
  });
  return found;
}

/** envoy.config.core.v3.Node: `id` and the version as Envoy builds report it (`user_agent_build_version`), else as text. */
function nodeOf(bytes: Uint8Array): { readonly id: string; readonly version: string } {
  let id = '';
  let version = '';
  eachField(bytes, (field) => {
    if (field.number === 1) id = textOf(field);
    if (field.number === 7) version = textOf(field);
    if (field.number === 8) version = buildVersion(field.bytes);
  });
  return { id, version };
}

function buildVersion(bytes: Uint8Array): string {
  const parts = [0, 0, 0];
  eachField(bytes, (field) => {
    if (field.number !== 1) return;
    eachField(field.bytes, ({ number, value }) => {
      parts[number - 1] = value;
    });
  });
  return parts.join('.');
}
