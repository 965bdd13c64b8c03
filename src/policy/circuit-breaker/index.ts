import { defineKind } from '../../model/index.ts';
import { definePolicy, type Site } from '../policy.ts';
import { plainWords } from '../words.ts';
import { compileCircuitBreaker } from './compile.ts';
import { CIRCUIT_BREAKER_DEFAULTS } from './defaults.ts';
import { circuitBreakerSchema } from './schema.ts';
import { checkCircuitBreaker } from './validate.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'CircuitBreakerPolicy',
  plural: 'circuitbreakerpolicies',
  shortNames: ['cb'],
  namespaced: true,
  attaches: true,
  summary: 'How much a service is asked at once, and which endpoints are left alone for a while.',
  schema: circuitBreakerSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'REQUESTS', path: 'spec.limits.requests' },
    { name: 'INBOUND REQUESTS', path: 'spec.inbound.requests' },
  ],
  check: checkCircuitBreaker,
});

const ABOUT_REQUESTS = /^shedding\b|^(limits|inbound)\.(pendingRequests|requests|retries)$|^outlierDetection\.(consecutive5xx|consecutiveGatewayErrors)$/;

function ignored(path: string, site: Site): string | undefined {
  if (site.protocol === 'tcp' && ABOUT_REQUESTS.test(path)) return 'the port speaks TCP: there are connections, but no requests';
  if (site.wildcard === true && /^outlierDetection\b/.test(path)) return 'every name of a wildcard has one server: there is no other in its place';
  return undefined;
}

/** Which of its fields act there: a caller's limits say nothing where requests arrive. */
function actsAt(path: string, { kind, side }: Site): boolean {
  if (kind === 'route') return path.startsWith('shedding');
  return side === 'inbound' ? path.startsWith('inbound') : /^(limits|outlierDetection)\b/.test(path);
}

export const circuitBreakerPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway'],
  sites: [
    { kind: 'cluster', side: 'outbound' },
    { kind: 'cluster', side: 'inbound' },
    { kind: 'route', side: 'inbound' },
  ],
  defaults: () => CIRCUIT_BREAKER_DEFAULTS,
  ignored,
  compile: compileCircuitBreaker,
  words: (effective, site) => plainWords(effective, ({ path }) => actsAt(path, site)),
});
