import { defineKind } from '../../model/index.ts';
import { definePolicy, type Site } from '../policy.ts';
import { compileLoadBalancing } from './compile.ts';
import { LOAD_BALANCING_DEFAULTS } from './defaults.ts';
import { ofService } from './of-service.ts';
import { loadBalancingSchema } from './schema.ts';
import { checkLoadBalancing } from './validate.ts';
import { loadBalancingWords } from './words.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'LoadBalancingPolicy',
  plural: 'loadbalancingpolicies',
  shortNames: ['lb'],
  namespaced: true,
  attaches: true,
  summary: 'Which endpoint of a service a request goes to.',
  schema: loadBalancingSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ALGORITHM', path: 'spec.algorithm' },
    { name: 'LOCALITY', path: 'spec.locality.mode' },
  ],
  check: checkLoadBalancing,
});

function ignored(path: string, { protocol, outside, wildcard }: Site): string | undefined {
  if (wildcard === true) return 'every name of a wildcard has one server: there is nothing to choose';
  if (outside === true && /^locality\b/.test(path)) return 'servers outside the mesh have no zone';
  if (protocol === 'tcp' && /^clientSideWeighted\b/.test(path)) return 'the port speaks TCP: there are no answers that could carry a load';
  if (protocol === 'tcp' && /^session\b/.test(path)) return 'the port speaks TCP: a connection is a session already';
  return undefined;
}

export const loadBalancingPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway'],
  sites: [
    { kind: 'cluster', side: 'outbound' },
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
  ],
  // At a Gateway routes do not belong to a service: sessions are kept there where a policy names it.
  hears: ({ kind: target }, { gateway, service }) => gateway === undefined || service !== undefined || target === 'Gateway',
  defaults: () => LOAD_BALANCING_DEFAULTS,
  ofService,
  ignored,
  compile: compileLoadBalancing,
  words: loadBalancingWords,
});
