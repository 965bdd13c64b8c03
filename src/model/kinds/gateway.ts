// Gateway of Gateway API v1.6 (standard and experimental channel), every field of it, with its defaults.
import { z } from 'zod';
import { fields, portNumber } from './fields.ts';
import { checkGateway } from './gateway-check.ts';
import { defineKind } from './kind.ts';
import { listeners, namespaces, objectReferenceTo, secretReference } from './listener.ts';

const validation = fields({
  caCertificateRefs: z.array(objectReferenceTo).min(1, 'needs at least one entry').max(8, 'at most 8 entries'),
  mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).default('AllowValidOnly'),
});
const tlsConfig = fields({ validation: validation.optional() });
const frontend = fields({
  default: tlsConfig,
  perPort: z
    .array(fields({ port: portNumber, tls: tlsConfig }))
    .max(64, 'at most 64 entries')
    .default([]),
});

const infrastructure = fields({
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  parametersRef: fields({ group: z.string(), kind: z.string(), name: z.string() }).optional(),
});

export const gatewaySchema = fields({
  gatewayClassName: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters'),
  listeners,
  addresses: z
    .array(fields({ type: z.string().default('IPAddress'), value: z.string().max(253, 'must be at most 253 characters').default('') }))
    .max(16, 'at most 16 entries')
    .default([]),
  infrastructure: infrastructure.optional(),
  allowedListeners: fields({ namespaces: namespaces('None').prefault({}) }).prefault({}),
  tls: fields({ backend: fields({ clientCertificateRef: secretReference.optional() }).optional(), frontend: frontend.optional() }).optional(),
  defaultScope: z.enum(['All', 'None']).optional(),
});
export type GatewaySpec = z.output<typeof gatewaySchema>;

export const gatewayKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  plural: 'gateways',
  shortNames: ['gtw'],
  namespaced: true,
  summary: 'A way into the mesh: listeners with their host names and certificates, served by `weft gateway --name NAME` (Gateway API).',
  schema: gatewaySchema,
  columns: [
    { name: 'CLASS', path: 'spec.gatewayClassName' },
    { name: 'ADDRESS', path: 'status.addresses[*].value' },
    { name: 'PROGRAMMED', path: 'status.conditions[?(@.type=="Programmed")].status' },
    { name: 'LISTENERS', path: 'spec.listeners[*].name', wide: true },
  ],
  check: checkGateway,
});
