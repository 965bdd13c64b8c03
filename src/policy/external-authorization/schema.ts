import { z } from 'zod';
import { attachment, fields, label, portNumber, positiveDuration, subdomain } from '../../model/index.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headers = z
  .array(z.string().max(256, 'must be at most 256 characters').regex(TOKEN, 'must be the name of a header'))
  .min(1, 'must not be empty')
  .max(64, 'at most 64 entries')
  .optional();

export const externalAuthorizationSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'], { selector: true }),
  protocol: z.enum(['GRPC', 'HTTP']),
  /** Who decides: a Service of the mesh, called over mutual TLS like any other, or an ExternalService. */
  service: fields({ kind: z.enum(['Service', 'ExternalService']).optional(), name: subdomain, namespace: label.optional(), port: portNumber }),
  grpc: fields({ allowedHeaders: headers }).optional(),
  http: fields({
    /** In front of the path of the request. */
    path: z.string().max(1024, 'must be at most 1024 characters').startsWith('/', 'must begin with "/"').optional(),
    allowedHeaders: headers,
    /** Headers of its answer that the request takes on to the application. */
    allowedResponseHeaders: headers,
  }).optional(),
  forwardBody: fields({
    maxSize: z.int('must be a whole number').min(1, 'must be from 1 to 1048576').max(1_048_576, 'must be from 1 to 1048576'),
    /** Of a longer body the beginning is sent; otherwise it is answered 413. */
    allowPartial: z.boolean().optional(),
  }).optional(),
  timeout: positiveDuration.optional(),
  /** What becomes of a request when nobody decides. */
  failureMode: z.enum(['Deny', 'Allow']).optional(),
});
export type ExternalAuthorizationSpec = z.output<typeof externalAuthorizationSchema>;
