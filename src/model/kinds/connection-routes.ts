// TCPRoute, TLSRoute and UDPRoute of Gateway API v1.6, every field of them: routes that decide about connections, not about requests.
import { z } from 'zod';
import { checkBackendObject, objectReference, weight } from './backend-ref.ts';
import { fields } from './fields.ts';
import { hostname } from './http-route-filters.ts';
import { type Checked, defineKind, type Report } from './kind.ts';
import { parentRef } from './parent-ref.ts';
import { checkRouteFrame } from './parent-ref-check.ts';

const rule = fields({
  name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  backendRefs: z
    .array(fields({ ...objectReference, weight }))
    .min(1, 'needs at least one backend')
    .max(16, 'at most 16 entries'),
});

const frame = {
  parentRefs: z.array(parentRef).max(32, 'at most 32 entries').default([]),
  useDefaultGateways: z.enum(['All', 'None']).optional(),
};
const rules = z.array(rule).min(1, 'needs a rule').max(1, 'must have one rule only: nothing could choose between two');

export const tcpRouteSchema = fields({ ...frame, rules });
export const tlsRouteSchema = fields({ ...frame, hostnames: z.array(hostname).min(1, 'needs at least one host name').max(16, 'at most 16 entries'), rules });

export type ConnectionRouteSpec = z.output<typeof tcpRouteSchema> & { readonly hostnames?: readonly string[] };

function checkConnectionRoute({ spec: { parentRefs, useDefaultGateways, rules: all } }: Checked<ConnectionRouteSpec>, report: Report): void {
  checkRouteFrame({ parentRefs, useDefaultGateways }, report);
  for (const [at, { backendRefs }] of all.entries()) {
    const path = `spec.rules[${at}].backendRefs`;
    for (const [index, backend] of backendRefs.entries()) checkBackendObject(backend, `${path}[${index}]`, report);
    if (backendRefs.every((backend) => backend.weight === 0))
      report('WEFT1214', path, 'all weights are 0: connections are closed, and datagrams dropped', 'give a backend a weight');
  }
}

const common = {
  namespaced: true,
  shortNames: [],
  columns: [{ name: 'PARENTS', path: 'spec.parentRefs[*].name' }],
};

export const tcpRouteKind = defineKind({
  ...common,
  apiVersion: 'gateway.networking.k8s.io/v1',
  alsoVersions: ['v1alpha2'],
  kind: 'TCPRoute',
  plural: 'tcproutes',
  summary: 'How TCP connections to a port of a Service, or of a Gateway, are shared out (Gateway API).',
  schema: tcpRouteSchema,
  check: checkConnectionRoute,
});

export const tlsRouteKind = defineKind({
  ...common,
  apiVersion: 'gateway.networking.k8s.io/v1',
  alsoVersions: ['v1alpha3', 'v1alpha2'],
  kind: 'TLSRoute',
  plural: 'tlsroutes',
  summary: 'Where TLS connections at a Gateway go, by the host name that they ask for (Gateway API).',
  schema: tlsRouteSchema,
  columns: [...common.columns, { name: 'HOSTNAMES', path: 'spec.hostnames' }],
  check: checkConnectionRoute,
});

export const udpRouteKind = defineKind({
  ...common,
  apiVersion: 'gateway.networking.k8s.io/v1',
  alsoVersions: ['v1alpha2'],
  kind: 'UDPRoute',
  plural: 'udproutes',
  summary: 'Where UDP datagrams at a Gateway go (Gateway API). They are not encrypted.',
  schema: tcpRouteSchema,
  check: checkConnectionRoute,
});
