import { z } from 'zod';
import { fields } from './fields.ts';
import { defineKind } from './kind.ts';

/** Who serves the Gateways of a class; the built-in class `weft` has this name without a document. */
export const GATEWAY_CONTROLLER = 'weft.dev/controller';
/** The same, and in Kubernetes it also makes what serves them: a Deployment and a Service for each. */
export const DEPLOYING_CONTROLLER = 'weft.dev/gateway-controller';
/** Names under which Weft serves Gateways. */
export const OUR_CONTROLLERS: ReadonlySet<string> = new Set([GATEWAY_CONTROLLER, DEPLOYING_CONTROLLER]);

export const gatewayClassSchema = fields({
  controllerName: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/,
      'must be a domain and a path, such as weft.dev/controller',
    ),
  parametersRef: fields({ group: z.string(), kind: z.string(), name: z.string(), namespace: z.string().optional() }).optional(),
  description: z.string().max(64, 'must be at most 64 characters').optional(),
});
export type GatewayClassSpec = z.output<typeof gatewayClassSchema>;

export const gatewayClassKind = defineKind({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  plural: 'gatewayclasses',
  shortNames: ['gc'],
  namespaced: false,
  summary: 'Who serves the Gateways that name it. The class `weft` is there without a document (Gateway API).',
  schema: gatewayClassSchema,
  columns: [
    { name: 'CONTROLLER', path: 'spec.controllerName' },
    { name: 'ACCEPTED', path: 'status.conditions[?(@.type=="Accepted")].status' },
    { name: 'DESCRIPTION', path: 'spec.description', wide: true },
  ],
  check: ({ spec }, report) => {
    const { controllerName, parametersRef } = spec;
    if (controllerName === GATEWAY_CONTROLLER && parametersRef !== undefined)
      report('WEFT1607', 'spec.parametersRef', `nothing is created for Gateways of ${GATEWAY_CONTROLLER}, so there are no parameters; the document is refused`);
  },
});
