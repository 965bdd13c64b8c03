// Where what proxies tell goes beside, by OTLP: one collector for each signal; what goes to several of them is a collector's own business.
import { z } from 'zod';
import { fields, label, subdomain } from './fields.ts';

const secretRef = fields({ namespace: label, name: subdomain });

const collector = fields({
  /** `http(s)://HOST:4318` or `grpc(s)://HOST:4317`, without credentials. */
  endpoint: z
    .string()
    .max(512, 'must be at most 512 characters')
    .regex(
      /^(?:https?|grpcs?):\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/,
      'must be http(s)://HOST:4318 or grpc(s)://HOST:4317',
    ),
  /** A Secret of which every key is sent as a header with its value. */
  headersFrom: secretRef.optional(),
  tls: fields({
    /** A Secret of type kubernetes.io/tls that is shown to the collector. */
    clientCertificateRef: secretRef.optional(),
    /** A Secret whose `ca.crt` is trusted, instead of the authorities of the machine. */
    caCertificateRef: secretRef.optional(),
  }).optional(),
});

export const collectorsSchema = fields({ metrics: collector.optional(), traces: collector.optional(), logs: collector.optional() });
export type CollectorsSpec = z.output<typeof collectorsSchema>;
export type CollectorSpec = NonNullable<CollectorsSpec['logs']>;
