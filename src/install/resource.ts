import type { Manifest } from './manifest.ts';

/** Where an API server keeps objects of a kind. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Plurals that are not the kind and an s; all of what an installation has. */
const PLURALS: Readonly<Record<string, string>> = { GatewayClass: 'gatewayclasses', Mesh: 'meshes' };

/** The resource of an object as it is rendered: what has a namespace says so. */
export function resourceOf({ apiVersion, kind, metadata }: Manifest): Resource {
  const at = apiVersion.lastIndexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(0, at)), apiVersion.slice(at + 1)];
  return { group, version, plural: PLURALS[kind] ?? `${kind.toLowerCase()}s`, kind, namespaced: metadata.namespace !== undefined };
}
