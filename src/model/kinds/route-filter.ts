// Our own extension of routes: conditions, answers and rewrites that Gateway API has no word for. A rule refers to it by
// `filters: [{ type: ExtensionRef, extensionRef: { group: weft.dev, kind: RouteFilter, name: NAME } }]`.
import { z } from 'zod';
import { fields, label, labels } from './fields.ts';
import { header, headerName } from './http-route-filters.ts';
import { defineKind } from './kind.ts';
import { checkRouteFilter } from './route-filter-check.ts';

const value = z.string().max(4096, 'must be at most 4096 characters');
const not = z.boolean().default(false);
const ignoreCase = z.boolean().default(false);
const comparison = {
  type: z.enum(['Exact', 'Prefix', 'Suffix', 'Contains', 'RegularExpression', 'Present', 'Range']).default('Exact'),
  value: value.optional(),
  range: fields({ start: z.int('must be a whole number'), end: z.int('must be a whole number') }).optional(),
  ignoreCase,
  not,
};
const parameterName = z.string().min(1, 'must not be empty').max(256, 'must be at most 256 characters');
const cookieName = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must be at most 256 characters')
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/, 'is not the name of a cookie');
const method = z.string().regex(/^[A-Z][A-Z-]{0,30}$/, 'must be a method in upper case, such as GET');

const account = z
  .string()
  .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?\/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'must be "name" or "namespace/name" of a service account');

const match = fields({
  methods: z.array(method).max(16, 'at most 16 entries').default([]),
  notMethods: z.array(method).max(16, 'at most 16 entries').default([]),
  schemes: z.array(z.enum(['http', 'https'])).default([]),
  paths: z
    .array(fields({ type: z.enum(['Exact', 'Prefix', 'Suffix', 'Contains']).default('Prefix'), value: value.min(1, 'must not be empty'), ignoreCase, not }))
    .max(16, 'at most 16 entries')
    .default([]),
  ignorePathCase: z.boolean().default(false),
  headers: z
    .array(fields({ name: headerName, ...comparison }))
    .max(16, 'at most 16 entries')
    .default([]),
  query: z
    .array(fields({ name: parameterName, ...comparison }))
    .max(16, 'at most 16 entries')
    .default([]),
  cookies: z
    .array(fields({ name: cookieName, ...comparison }))
    .max(16, 'at most 16 entries')
    .default([]),
  source: fields({
    namespaces: z.array(label).max(64, 'at most 64 entries').default([]),
    serviceAccounts: z.array(account).max(64, 'at most 64 entries').default([]),
    labels: labels.default({}),
    not,
  }).optional(),
});

const respond = fields({
  statusCode: z.int('must be a whole number').min(200, 'must be from 200 to 599').max(599, 'must be from 200 to 599'),
  body: z.string().max(4096, 'must be at most 4096 characters').default(''),
  headers: z.array(header).max(16, 'at most 16 entries').default([]),
});

const rewritePath = fields({
  pattern: z.string().min(1, 'must not be empty').max(1024, 'must be at most 1024 characters'),
  substitution: z.string().max(1024, 'must be at most 1024 characters'),
});

export const routeFilterSchema = fields({
  match: match.optional(),
  directResponse: respond.optional(),
  rewritePath: rewritePath.optional(),
});
export type RouteFilterSpec = z.output<typeof routeFilterSchema>;
export type MatchExtensionSpec = NonNullable<RouteFilterSpec['match']>;
export type ComparisonSpec = MatchExtensionSpec['headers'][number];

export const routeFilterKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'RouteFilter',
  plural: 'routefilters',
  shortNames: [],
  namespaced: true,
  summary: 'Conditions and actions for rules of routes beyond Gateway API: negation, cookies, callers, direct responses, regex rewrites.',
  schema: routeFilterSchema,
  columns: [],
  check: checkRouteFilter,
});
