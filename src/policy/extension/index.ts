import { defineKind } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { compileExtensions } from './compile.ts';
import { extensionSchema } from './schema.ts';
import { checkExtension } from './validate.ts';

export const EXTENSION_POLICY = 'ExtensionPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: EXTENSION_POLICY,
  plural: 'extensionpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'A program of yours in the way of requests: a Lua script, a Wasm module, or a processor that is asked over gRPC.',
  schema: extensionSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ORDER', path: 'spec.order' },
    { name: 'PROCESSOR', path: 'spec.extProc.service.name' },
  ],
  check: checkExtension,
});

export const extensionPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'],
  sites: [
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
    { kind: 'route', side: 'inbound' },
  ],
  additive: true,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests' : undefined),
  compile: compileExtensions,
});
