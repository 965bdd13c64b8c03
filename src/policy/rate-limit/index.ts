import { defineKind } from '../../model/index.ts';
import { inFrontOrNamed } from '../hears.ts';
import { definePolicy } from '../policy.ts';
import { builtIn } from '../read.ts';
import { compileRateLimits } from './compile.ts';
import { RATE_LIMIT_TARGETS, rateLimitSchema } from './schema.ts';
import { checkRateLimits } from './validate.ts';
import { rateLimitWords } from './words.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'RateLimitPolicy',
  plural: 'ratelimitpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'How many requests or connections there may be in a time.',
  schema: rateLimitSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'LIMITS', path: 'spec.limits[*].name' },
    { name: 'ENFORCEMENT', path: 'spec.enforcement' },
  ],
  check: checkRateLimits,
});

const DEFAULTS = [builtIn({ scope: 'Proxy', enforcement: 'Enforce', response: { status: 429, headers: [], rateLimitHeaders: false, retryAfter: true } })];

export const rateLimitPolicy = definePolicy({
  kind,
  targets: RATE_LIMIT_TARGETS,
  sites: [
    { kind: 'route', side: 'inbound' },
    { kind: 'route', side: 'gateway' },
  ],
  hears: inFrontOrNamed,
  perSite: true,
  atomic: ['tcp.newConnections'],
  defaults: () => DEFAULTS,
  ignored: (path, { protocol }) => {
    if (protocol === 'tcp' && /^(limits|response)/.test(path)) return 'the port speaks TCP: there are no requests to count';
    if (protocol !== 'tcp' && path.startsWith('tcp')) return 'the port speaks HTTP: connections are not counted, requests are';
    return undefined;
  },
  compile: compileRateLimits,
  words: rateLimitWords,
});
