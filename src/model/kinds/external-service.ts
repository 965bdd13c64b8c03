import { z } from 'zod';
import { checkExternalService } from './external-service-check.ts';
import { fields, ipAddress, label, portName, portNumber, positiveDuration, subdomain } from './fields.ts';
import { defineKind } from './kind.ts';

const HOST = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const host = z
  .string()
  .max(253, 'must be at most 253 characters')
  .regex(HOST, 'must be a host name in lower case, such as api.example.com, or a wildcard such as *.example.com');

const port = fields({
  name: z.union([portName, z.literal('')]).default(''),
  port: portNumber,
  /** Where the server outside listens. */
  targetPort: portNumber.optional(),
  appProtocol: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
});

const tls = fields({
  mode: z.literal('Originate').default('Originate'),
  sni: host.optional(),
  caCertificates: z.string().max(65_536, 'must be at most 65536 characters').optional(),
  subjectAltNames: z.array(host).max(16, 'at most 16 entries').default([]),
});

export const externalServiceSchema = fields({
  hosts: z.array(host).min(1, 'must name at least one host').max(64, 'at most 64 entries'),
  ports: z.array(port).min(1, 'must have at least one port').max(32, 'at most 32 entries'),
  resolution: z.enum(['Static', 'DNS', 'Dynamic']).optional(),
  addresses: z.array(ipAddress).max(256, 'at most 256 entries').default([]),
  dns: fields({
    mode: z.enum(['Strict', 'Logical']).default('Logical'),
    refresh: positiveDuration.default('30s'),
    resolvers: z
      .array(z.string().regex(/^([0-9.]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$/, 'must be address or address:port'))
      .max(8, 'at most 8 entries')
      .default([]),
  }).optional(),
  tls: tls.optional(),
  /** Connections leave the mesh by the proxies of a Gateway, and by no other way. */
  egress: fields({
    gateway: fields({
      /** Left out: that of the document. Another one needs a ReferenceGrant there. */
      namespace: label.optional(),
      name: subdomain,
      /** Where its proxies take such connections, beside the listeners of the Gateway. */
      port: portNumber.default(15444),
    }),
  }).optional(),
});
export type ExternalServiceSpec = z.output<typeof externalServiceSchema>;

/** Not said means: addresses make it Static, a wildcard Dynamic, anything else DNS. */
export function resolutionOf({ resolution, addresses, hosts }: ExternalServiceSpec): 'Static' | 'DNS' | 'Dynamic' {
  if (resolution !== undefined) return resolution;
  if (addresses.length > 0) return 'Static';
  return hosts.some((each) => each.startsWith('*.')) ? 'Dynamic' : 'DNS';
}

export const externalServiceKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ExternalService',
  plural: 'externalservices',
  shortNames: ['ext'],
  namespaced: true,
  summary: 'Something outside the mesh that its workloads call: hosts, ports, how addresses are found, and TLS on their behalf.',
  schema: externalServiceSchema,
  columns: [
    { name: 'HOSTS', path: 'spec.hosts' },
    { name: 'PORT(S)', path: 'spec.ports[*].port' },
    { name: 'RESOLUTION', path: 'spec.resolution' },
    { name: 'TLS', path: 'spec.tls.mode', wide: true },
  ],
  check: checkExternalService,
});
