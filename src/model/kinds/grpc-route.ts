// GRPCRoute of Gateway API v1.6 (standard and experimental channel), every field of it, with its defaults.
import { z } from 'zod';
import { objectReference, weight } from './backend-ref.ts';
import { fields } from './fields.ts';
import { checkGrpcRoute } from './grpc-route-check.ts';
import { filterFields, headerName, hostname } from './http-route-filters.ts';
import { defineKind } from './kind.ts';
import { parentRef } from './parent-ref.ts';
import { sessionPersistence } from './session-persistence.ts';

const matchType = z.enum(['Exact', 'RegularExpression']).default('Exact');
const part = z.string().max(1024, 'must be at most 1024 characters').optional();

const match = fields({
  method: fields({ type: matchType, service: part, method: part }).optional(),
  headers: z
    .array(fields({ type: matchType, name: headerName, value: z.string().min(1, 'must not be empty').max(4096, 'must be at most 4096 characters') }))
    .max(16, 'at most 16 entries')
    .default([]),
});

const filter = fields({ type: z.enum(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef']), ...filterFields });
const filters = z.array(filter).max(16, 'at most 16 entries').default([]);

const rule = fields({
  name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  matches: z.array(match).max(64, 'at most 64 entries').default([]),
  filters,
  backendRefs: z
    .array(fields({ ...objectReference, weight, filters }))
    .max(16, 'at most 16 entries')
    .default([]),
  sessionPersistence: sessionPersistence.optional(),
});

export const grpcRouteSchema = fields({
  parentRefs: z.array(parentRef).max(32, 'at most 32 entries').default([]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
  hostnames: z.array(hostname).max(16, 'at most 16 entries').optional(),
  rules: z.array(rule).max(16, 'at most 16 entries').default([]),
});
export type GrpcRouteSpec = z.output<typeof grpcRouteSchema>;
export type GrpcRuleSpec = GrpcRouteSpec['rules'][number];
export type GrpcMatchSpec = GrpcRuleSpec['matches'][number];

export const grpcRouteKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GRPCRoute',
  plural: 'grpcroutes',
  shortNames: [],
  namespaced: true,
  summary: 'How gRPC calls to a Service are matched by service, method and metadata, changed and shared out (Gateway API).',
  schema: grpcRouteSchema,
  columns: [
    { name: 'PARENTS', path: 'spec.parentRefs[*].name' },
    { name: 'RULES', path: 'spec.rules[*].name', wide: true },
  ],
  check: checkGrpcRoute,
});
