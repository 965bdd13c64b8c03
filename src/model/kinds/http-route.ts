// HTTPRoute of Gateway API v1.6 (standard and experimental channel), every field of it, with its defaults.
import { z } from 'zod';
import { duration, fields } from './fields.ts';
import { checkHttpRoute } from './http-route-check.ts';
import { filter, headerName, objectReference } from './http-route-filters.ts';
import { defineKind } from './kind.ts';
import { parentRef } from './parent-ref.ts';

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
  weight: z.int('must be a whole number').min(0, 'must be from 0 to 1000000').max(1_000_000, 'must be from 0 to 1000000').default(1),
  filters: z.array(filter).max(16, 'at most 16 entries').default([]),
});

const sessionPersistence = fields({
  sessionName: z.string().optional(),
  absoluteTimeout: duration.optional(),
  idleTimeout: duration.optional(),
  type: z.enum(['Cookie', 'Header']).optional(),
  cookieConfig: fields({ lifetimeType: z.enum(['Permanent', 'Session']).optional() }).optional(),
});

const rule = fields({
  name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  matches: z.array(match).max(64, 'at most 64 entries').prefault([{}]),
  filters: z.array(filter).max(16, 'at most 16 entries').default([]),
  backendRefs: z.array(backendRef).max(16, 'at most 16 entries').default([]),
  timeouts: fields({ request: duration.optional(), backendRequest: duration.optional() }).optional(),
  retry: fields({ codes: z.array(z.int().min(400).max(599)).optional(), attempts: z.int().min(0).optional(), backoff: duration.optional() }).optional(),
  sessionPersistence: sessionPersistence.optional(),
});

export const httpRouteSchema = fields({
  parentRefs: z.array(parentRef).max(32, 'at most 32 entries').default([]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
  hostnames: z.array(z.string()).max(16, 'at most 16 entries').optional(),
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
