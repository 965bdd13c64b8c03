// HTTPRouteFilter of Gateway API v1.6, standard and experimental channel: known in full, so that a filter Weft cannot do yet is
// told apart from one that is misspelled.
import { z } from 'zod';
import { fields, portNumber } from './fields.ts';

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/;

export const headerName = z.string().min(1, 'must not be empty').max(256, 'must be at most 256 characters').regex(HEADER_NAME, 'is not an HTTP header name');

/** Field values of RFC 9110, §5.5: no line ends or other control characters, which would be refused by Envoy anyway. */
const headerValue = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'must be at most 4096 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
  .regex(/^[^\x00-\x08\x0a-\x1f\x7f]*$/, 'must not contain line ends or control characters');

const header = fields({ name: headerName, value: headerValue });
const headerFilter = fields({
  set: z.array(header).max(16, 'at most 16 entries').default([]),
  add: z.array(header).max(16, 'at most 16 entries').default([]),
  remove: z.array(headerName).max(16, 'at most 16 entries').default([]),
});

/** BackendObjectReference. */
export const objectReference = {
  group: z.string().default(''),
  kind: z.string().default('Service'),
  name: z.string().min(1, 'must not be empty'),
  namespace: z.string().optional(),
  port: portNumber.optional(),
};

const pathModifier = fields({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: z.string().optional(),
  replacePrefixMatch: z.string().optional(),
});
const fraction = fields({ numerator: z.int().min(0), denominator: z.int().min(1).optional() });
const strings = z.array(z.string());

export const filter = fields({
  type: z.enum(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect', 'URLRewrite', 'ExtensionRef', 'CORS', 'ExternalAuth']),
  requestHeaderModifier: headerFilter.optional(),
  responseHeaderModifier: headerFilter.optional(),
  requestMirror: fields({ backendRef: fields(objectReference), percent: z.int().min(0).max(100).optional(), fraction: fraction.optional() }).optional(),
  requestRedirect: fields({
    scheme: z.enum(['http', 'https']).optional(),
    hostname: z.string().optional(),
    path: pathModifier.optional(),
    port: portNumber.optional(),
    statusCode: z.int().optional(),
  }).optional(),
  urlRewrite: fields({ hostname: z.string().optional(), path: pathModifier.optional() }).optional(),
  cors: fields({
    allowOrigins: strings.optional(),
    allowCredentials: z.boolean().optional(),
    allowMethods: strings.optional(),
    allowHeaders: strings.optional(),
    exposeHeaders: strings.optional(),
    maxAge: z.int().optional(),
  }).optional(),
  externalAuth: fields({
    protocol: z.enum(['HTTP', 'GRPC']),
    backendRef: fields(objectReference),
    grpc: fields({ allowedHeaders: strings.optional() }).optional(),
    http: fields({ path: z.string().optional(), allowedHeaders: strings.optional(), allowedResponseHeaders: strings.optional() }).optional(),
    forwardBody: fields({ maxSize: z.int().optional() }).optional(),
  }).optional(),
  extensionRef: fields({ group: z.string(), kind: z.string(), name: z.string() }).optional(),
});
export type FilterSpec = z.output<typeof filter>;

/** The field of a filter that belongs to its type. */
export const FILTER_FIELD = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
  ExternalAuth: 'externalAuth',
} as const satisfies Record<FilterSpec['type'], keyof FilterSpec>;
