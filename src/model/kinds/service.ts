import { z } from 'zod';
import { fields, labels, portName, portNumber } from './fields.ts';
import { defineKind } from './kind.ts';
import { checkService } from './service-check.ts';

const port = fields({
  name: z.union([portName, z.literal('')]).default(''),
  port: portNumber,
  targetPort: z.union([portNumber, portName]).optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  nodePort: z.int().optional(),
});

const strings = z.array(z.string());

/** core/v1 ServiceSpec, every field of it; what Weft does not act on is reported by `checkService`. */
export const serviceSchema = fields({
  ports: z.array(port).default([]),
  selector: labels.default({}),
  clusterIP: z.string().optional(),
  clusterIPs: strings.optional(),
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
  externalIPs: strings.optional(),
  sessionAffinity: z.enum(['None', 'ClientIP']).optional(),
  sessionAffinityConfig: fields({ clientIP: fields({ timeoutSeconds: z.int().optional() }).optional() }).optional(),
  loadBalancerIP: z.string().optional(),
  loadBalancerSourceRanges: strings.optional(),
  loadBalancerClass: z.string().optional(),
  externalName: z.string().optional(),
  externalTrafficPolicy: z.string().optional(),
  internalTrafficPolicy: z.enum(['Cluster', 'Local']).optional(),
  healthCheckNodePort: z.int().optional(),
  publishNotReadyAddresses: z.boolean().optional(),
  ipFamilies: strings.optional(),
  ipFamilyPolicy: z.string().optional(),
  allocateLoadBalancerNodePorts: z.boolean().optional(),
  trafficDistribution: z.enum(['PreferClose', 'PreferSameZone', 'PreferSameNode']).optional(),
});
export type ServiceSpec = z.output<typeof serviceSchema>;

export const serviceKind = defineKind({
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  namespaced: true,
  summary: 'A name with ports and a virtual address, served by the workloads its selector picks.',
  nameRule: 'label',
  schema: serviceSchema,
  columns: [
    { name: 'CLUSTER-IP', path: 'spec.clusterIP' },
    { name: 'PORT(S)', path: 'spec.ports[*].port' },
    { name: 'PROTOCOL', path: 'status.ports[*].protocol', wide: true },
    { name: 'SAID BY', path: 'status.ports[*].source', wide: true },
    { name: 'SELECTOR', path: 'spec.selector', wide: true },
  ],
  check: checkService,
});
