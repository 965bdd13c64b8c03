import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { Origin } from '../base/index.ts';
import { encodePieces } from './encode/index.ts';
import type { Resource, ResourceName, ResourceType, Version } from './resource.ts';
import { type Violation, violations } from './rules/index.ts';

/** Content hash of the concatenation of pieces, passed in because the pure core has no cryptography. */
export type Hash = (pieces: readonly Uint8Array[]) => Version;

export interface ResourceParts {
  readonly type: ResourceType;
  readonly name: string;
  readonly origins: readonly Origin[];
  readonly hash: Hash;
  readonly slowToWarm?: boolean;
}

export interface ResourceContent<D extends DescMessage> extends ResourceParts {
  readonly desc: D;
  readonly init: MessageInitShape<D>;
}

/** Encodes a resource once. Checks nothing: `checkedResource` does. `pieces` are the bytes of a message that was encoded before. */
export function makeResource<D extends DescMessage>(content: ResourceContent<D> | (ResourceParts & { readonly pieces: readonly Uint8Array[] })): Resource {
  const body = 'pieces' in content ? content.pieces : encodePieces(content.desc, content.init);
  const { type, name, origins, hash, slowToWarm = false } = content;
  return { type, name: name as ResourceName, version: hash(body), body, origins, ...(slowToWarm ? { slowToWarm } : {}) };
}

export type CheckedResource = { readonly resource: Resource } | { readonly violations: readonly Violation[] };

/** A resource that Envoy's own validation rules accept, or what they say against it. One bad message makes Envoy drop a whole response. */
export function checkedResource<D extends DescMessage>(content: ResourceContent<D>): CheckedResource {
  const found = violations(content.desc, content.init);
  return found.length > 0 ? { violations: found } : { resource: makeResource(content) };
}
