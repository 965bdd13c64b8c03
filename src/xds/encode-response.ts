import { encodeUtf8, RESOURCE_TYPES, type Resource, type ResourceType, TYPE_URLS } from '../envoy/index.ts';
import type { DeltaResponse } from './protocol.ts';
import { headSize, Pieces } from './wire-format.ts';

/** Type URLs as bytes: every resource of every response has one. */
const URLS: ReadonlyMap<ResourceType, Uint8Array> = new Map(RESOURCE_TYPES.map((type) => [type, encodeUtf8(TYPE_URLS[type])]));

/**
 * Bytes of a DeltaDiscoveryResponse. A resource's bytes were made once and are copied once, into place. Field numbers of
 * envoy.service.discovery.v3: DeltaDiscoveryResponse { resources 2, type_url 4, nonce 5, removed_resources 6 },
 * Resource { version 1, resource 2, name 3 }.
 */
export function encodeResponse({ type, nonce, resources, removed }: DeltaResponse): Uint8Array {
  const pieces = new Pieces();
  for (const resource of resources) {
    const entry = entryOf(resource);
    pieces.open(2, entry.size);
    pieces.append(entry);
  }
  pieces.text(4, TYPE_URLS[type]);
  pieces.text(5, nonce);
  for (const name of removed) pieces.text(6, name);
  return pieces.finish();
}

function entryOf({ type, name, version, body }: Resource): Pieces {
  const entry = new Pieces();
  const bodySize = body.reduce((sum, piece) => sum + piece.length, 0);
  entry.text(1, version);
  const url = URLS.get(type) ?? encodeUtf8(TYPE_URLS[type]);
  entry.open(2, headSize(url.length) + url.length + headSize(bodySize) + bodySize);
  entry.open(1, url.length);
  entry.add(url);
  entry.open(2, bodySize);
  for (const piece of body) entry.add(piece);
  entry.text(3, name);
  return entry;
}
