import { defineKind } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { proxyPatchSchema } from './schema.ts';
import { checkProxyPatch } from './validate.ts';

export const PROXY_PATCH = 'ProxyPatch';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: PROXY_PATCH,
  plural: 'proxypatches',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'A JSON patch of named Envoy resources of some proxies, checked by Envoy before any proxy sees it.',
  schema: proxyPatchSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'RESOURCES', path: 'spec.patches[*].resource.type' },
    { name: 'UNSAFE', path: 'spec.unsafe' },
  ],
  check: checkProxyPatch,
});

/** It acts on what proxies are sent, after everything else: plans never ask it (see compile/patches.ts). */
export const proxyPatch = definePolicy({ kind, targets: ['Mesh', 'Namespace', 'Service', 'Gateway'], additive: true, sites: [], compile: () => [] });
