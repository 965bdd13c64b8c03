import { defineKind } from '../../model/index.ts';
import { definePolicy, type Site } from '../policy.ts';
import { builtIn } from '../read.ts';
import { compileHealthCheck } from './compile.ts';
import { healthCheckSchema } from './schema.ts';
import { checkHealthCheck } from './validate.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'HealthCheckPolicy',
  plural: 'healthcheckpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'How callers find out by themselves which endpoints of a service work.',
  schema: healthCheckSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'TYPE', path: 'spec.type' },
    { name: 'INTERVAL', path: 'spec.interval' },
  ],
  check: checkHealthCheck,
});

const DEFAULTS = [
  builtIn({
    type: 'None',
    http: { path: '/', method: 'GET', expectedStatuses: ['200'] },
    interval: '5s',
    timeout: '1s',
    initialJitter: '0s',
    jitterPercent: 10,
    healthyThreshold: 1,
    unhealthyThreshold: 2,
    unhealthyInterval: '5s',
    // Every caller checks every endpoint: those that send nothing need not know so soon.
    noTrafficInterval: '1m',
  }),
];

function ignored(path: string, { protocol, wildcard }: Site): string | undefined {
  if (wildcard === true) return 'names of a wildcard are known when they are called: there is nobody to ask beforehand';
  if (protocol === 'tcp' && /^(http|grpc)\b/.test(path)) return 'the port speaks TCP';
  if (protocol === 'http' && /^grpc\b/.test(path)) return 'the port speaks HTTP/1.1, gRPC needs HTTP/2';
  return undefined;
}

export const healthCheckPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway'],
  sites: [{ kind: 'cluster', side: 'outbound' }],
  defaults: () => DEFAULTS,
  ignored,
  compile: compileHealthCheck,
});
