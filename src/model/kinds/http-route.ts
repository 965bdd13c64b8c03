// HTTPRoute of Gateway API v1.6 (standard and experimental channel), every field of it, with its defaults.
import { z } from 'zod';
import { objectReference, weight } from './backend-ref.ts';
import { duration, fields, positiveDuration } from './fields.ts';
import { checkHttpRoute } from './http-route-check.ts';
import { filter, headerName, hostname } from './http-route-filters.ts';
import { defineKind } from './kind.ts';
import { parentRef } from './parent-ref.ts';
import { sessionPersistence } from './session-persistence.ts';

const path = fields({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
  value: z.string().max(1024, 'must be at most 1024 characters').default('/'),
});

const matchType = z.enum(['Exact', 'RegularExpression']).default('Exact');

const match = fields({
  path: path.prefault({}),
  headers: z
    .array(fields({ type: matchType, name: headerName, value: z.string().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters') }))
    .max(16, 'at most 16 entries')
    .default([]),
  queryParams: z
    .array(
      fields({
        type: matchType,
        name: z.string().min(1, 'must not be empty').max(256, 'must be at most 256 characters'),
        value: z.string().min(1, 'must not be empty').max(1024, 'must be at most 1024 characters'),
      }),
    )
    .max(16, 'at most 16 entries')
    .default([]),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
});

const backendRef = fields({
  ...objectReference,
  weight,
  filters: z.array(filter).max(16, 'at most 16 entries').default([]),
});

const retry = fields({
  codes: z.array(z.int('must be a whole number').min(400, 'must be from 400 to 599').max(599, 'must be from 400 to 599')).default([]),
  attempts: z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
  backoff: positiveDuration.optional(),
});

const rule = fields({
  name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  matches: z.array(match).max(64, 'at most 64 entries').prefault([{}]),
  filters: z.array(filter).max(16, 'at most 16 entries').default([]),
  backendRefs: z.array(backendRef).max(16, 'at most 16 entries').default([]),
  timeouts: fields({ request: duration.optional(), backendRequest: duration.optional() }).optional(),
  retry: retry.optional(),
  sessionPersistence: sessionPersistence.optional(),
});

export const httpRouteSchema = fields({
  parentRefs: z.array(parentRef).max(32, 'at most 32 entries').default([]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
  hostnames: z.array(hostname).max(16, 'at most 16 entries').optional(),
  rules: z.array(rule).min(1, 'needs at least one rule').max(16, 'at most 16 entries').prefault([{}]),
});
export type HttpRouteSpec = z.output<typeof httpRouteSchema>;
export type RuleSpec = HttpRouteSpec['rules'][number];
export type MatchSpec = RuleSpec['matches'][number];
export type BackendSpec = RuleSpec['backendRefs'][number];

export const httpRouteKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  plural: 'httproutes',
  shortNames: [],
  namespaced: true,
  summary: 'How requests to a Service are matched, changed and shared out (Gateway API).',
  schema: httpRouteSchema,
  columns: [
    { name: 'PARENTS', path: 'spec.parentRefs[*].name' },
    { name: 'RULES', path: 'spec.rules[*].name', wide: true },
  ],
  check: checkHttpRoute,
});
