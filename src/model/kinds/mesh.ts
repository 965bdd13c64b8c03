import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { collectorsSchema } from './collectors.ts';
import { duration, fields, label, positiveDuration } from './fields.ts';
import { defineKind } from './kind.ts';
import { telemetrySchema } from './telemetry.ts';
import { checkTelemetry, otlpSinks } from './telemetry-check.ts';

const trustDomain = z
  .string()
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .regex(/^[a-z0-9._-]+$/, 'must be lower-case letters, digits, ".", "-" and "_" (SPIFFE trust domain)');

const budget = fields({
  percent: z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').default(20),
  minConcurrency: z.int('must be a whole number').min(0, 'must not be negative').max(4_294_967_295, 'is too large').default(10),
});
const retries = fields({
  attempts: z.int('must be a whole number').min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').default(2),
  budget: budget.prefault({}),
});
const traffic = fields({
  requestTimeout: duration.default('15s'),
  connectTimeout: positiveDuration.default('1s'),
  retries: retries.prefault({}),
});

/** What proxies are sent: `Auto`, what their workloads use, once there is a fallback for what is not known yet; `All`, everything. */
const scoping = fields({
  mode: z.enum(['Auto', 'All']).default('Auto'),
  fallback: fields({ namespace: label.default('weft-system'), name: label.default('fallback') }).prefault({}),
});

const hostPattern = z
  .string()
  .max(253, 'must be at most 253 characters')
  .regex(/^(\*|(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*)$/, 'must be a lower-case host name, "*.NAME", or "*"');

/** Which namespaces may use which host names; the most particular entry counts. */
const hosts = fields({
  owners: z.array(fields({ hosts: z.array(hostPattern).min(1, 'must name at least one host'), namespaces: z.array(label) })).default([]),
  unowned: z.enum(['Anyone', 'Nobody']).default('Anyone'),
});

export const meshSchema = fields({
  trustDomain: trustDomain.default('example.mesh'),
  scoping: scoping.prefault({}),
  outbound: fields({ mode: z.enum(['AllowAny', 'RegisteredOnly']).default('AllowAny') }).prefault({}),
  identity: fields({ leafLifetime: positiveDuration.default('24h') }).prefault({}),
  traffic: traffic.prefault({}),
  hosts: hosts.optional(),
  telemetry: telemetrySchema.optional(),
  collectors: collectorsSchema.optional(),
});
export type MeshSpec = z.output<typeof meshSchema>;

/** Renewed at half of it: less leaves a proxy no time to take up the next one. */
const MIN_LEAF_MS = 10_000;

export const meshKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Mesh',
  plural: 'meshes',
  shortNames: [],
  namespaced: false,
  summary: 'Settings of the whole mesh. There is one, named "default".',
  schema: meshSchema,
  columns: [
    { name: 'TRUST DOMAIN', path: 'spec.trustDomain' },
    { name: 'OUTBOUND', path: 'spec.outbound.mode' },
    { name: 'REQUEST TIMEOUT', path: 'spec.traffic.requestTimeout', wide: true },
  ],
  check: ({ metadata, spec }, report) => {
    const named = new Set<string>();
    for (const [at, owner] of (spec.hosts?.owners ?? []).entries())
      for (const [index, host] of owner.hosts.entries()) {
        if (named.has(host)) report('WEFT1208', `spec.hosts.owners[${at}].hosts[${index}]`, `"${host}" is already given to somebody`);
        named.add(host);
      }
    for (const [signal, collector] of Object.entries(spec.collectors ?? {}))
      if (collector?.tls !== undefined && !/^(?:https|grpcs):/.test(collector.endpoint))
        report('WEFT2342', `spec.collectors.${signal}.tls`, `${collector.endpoint} is spoken to in clear`);
    if (spec.collectors?.logs === undefined)
      for (const at of otlpSinks(spec.telemetry)) report('WEFT2460', `spec.telemetry.${at}`, 'spec.collectors names no collector of logs');
    if (spec.telemetry !== undefined) checkTelemetry(spec.telemetry, 'spec.telemetry', report);
    if (metadata.name !== 'default') report('WEFT1209', 'metadata.name', `there is one Mesh and it is named "default", not "${metadata.name}"`);
    if ((parseDuration(spec.identity.leafLifetime) ?? 0) < MIN_LEAF_MS)
      report('WEFT1205', 'spec.identity.leafLifetime', `a leaf certificate must live at least 10s, not ${spec.identity.leafLifetime}`);
  },
});
