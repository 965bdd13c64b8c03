// Parts that Gateway and ListenerSet of Gateway API v1.6 share: the listener, with all its fields.
import { z } from 'zod';
import { fields, label, labels, portNumber } from './fields.ts';

/** SectionName: an RFC 1123 subdomain. */
const sectionName = z
  .string()
  .min(1, 'must not be empty')
  .max(253, 'must be at most 253 characters')
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'must be lower-case letters, digits, "-" and "."');

/** Hostname of Gateway API: no port, no address, a wildcard only as the whole first label. */
export const hostname = z
  .string()
  .min(1, 'must not be empty')
  .max(253, 'must be at most 253 characters')
  .regex(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, 'must be a host name such as shop.example.com or *.example.com')
  .refine((text) => !/^\d+(\.\d+){3}$/.test(text), 'must be a host name, not an address');

const requirement = fields({
  key: z.string().min(1, 'must not be empty'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: z.array(z.string()).default([]),
});
export const labelSelector = fields({ matchLabels: labels.default({}), matchExpressions: z.array(requirement).default([]) });

const FROM = ['All', 'Selector', 'Same', 'None'] as const;

/** Which namespaces may attach something; nobody says `from` more than once, so the default is the caller's. */
export function namespaces(from: (typeof FROM)[number]) {
  return fields({ from: z.enum(FROM).default(from), selector: labelSelector.optional() });
}

/** SecretObjectReference and ObjectReference differ in their defaults only. */
const reference = { group: z.string().default(''), name: z.string().min(1, 'must not be empty'), namespace: label.optional() };
export const secretReference = fields({ ...reference, kind: z.string().default('Secret') });
export const objectReferenceTo = fields({ ...reference, kind: z.string() });

const tls = fields({
  mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
  certificateRefs: z.array(secretReference).max(64, 'at most 64 entries').default([]),
  options: z.record(z.string(), z.string()).default({}),
});

const allowedRoutes = fields({
  namespaces: namespaces('Same').prefault({}),
  kinds: z
    .array(fields({ group: z.string().default('gateway.networking.k8s.io'), kind: z.string().min(1, 'must not be empty') }))
    .max(8, 'at most 8 entries')
    .default([]),
});

const PROTOCOL = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/;

export const listener = fields({
  name: sectionName,
  hostname: z.union([z.literal(''), hostname]).optional(),
  port: portNumber,
  protocol: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters').regex(PROTOCOL, 'must be HTTP, HTTPS, TLS, TCP or UDP'),
  tls: tls.optional(),
  allowedRoutes: allowedRoutes.prefault({}),
});
export type ListenerSpec = z.output<typeof listener>;

export const listeners = z.array(listener).min(1, 'needs at least one listener').max(64, 'at most 64 entries');
