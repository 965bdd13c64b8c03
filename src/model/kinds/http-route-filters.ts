// HTTPRouteFilter of Gateway API v1.6, standard and experimental channel, every field of it.
import { z } from 'zod';
import { backendObject } from './backend-ref.ts';
import { fields, portNumber } from './fields.ts';

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/;

export const headerName = z.string().min(1, 'must not be empty').max(256, 'must be at most 256 characters').regex(HEADER_NAME, 'is not an HTTP header name');

/** Field values of RFC 9110, §5.5: no line ends or other control characters, which would be refused by Envoy anyway. */
export const headerValue = z
  .string()
  .min(1, 'must not be empty')
  .max(4096, 'must be at most 4096 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
  .regex(/^[^\x00-\x08\x0a-\x1f\x7f]*$/, 'must not contain line ends or control characters');

export const header = fields({ name: headerName, value: headerValue });
export const headerFilter = fields({
  set: z.array(header).max(16, 'at most 16 entries').default([]),
  add: z.array(header).max(16, 'at most 16 entries').default([]),
  remove: z.array(headerName).max(16, 'at most 16 entries').default([]),
});

const LABELS = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

/** Gateway API's PreciseHostname: no wildcard. */
const preciseHostname = z
  .string()
  .min(1, 'must not be empty')
  .max(253, 'must be at most 253 characters')
  .regex(new RegExp(`^${LABELS}$`), 'must be a host name in lower case, without wildcard or port');

/** Gateway API's Hostname: precise, or with `*.` as its first label. */
export const hostname = z
  .string()
  .min(1, 'must not be empty')
  .max(253, 'must be at most 253 characters')
  .regex(new RegExp(`^(\\*\\.)?${LABELS}$`), 'must be a host name in lower case, with at most one wildcard label "*." at its beginning')
  .refine((text) => !/^[0-9.]+$/.test(text), { error: 'must be a name: IP addresses are not allowed' });

const newPath = z
  .string()
  .max(1024, 'must be at most 1024 characters')
  .regex(/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/, 'must be a path: no query, no fragment, other characters percent-encoded');

const pathModifier = fields({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: newPath.optional(),
  replacePrefixMatch: newPath.optional(),
});
const fraction = fields({ numerator: z.int().min(0, 'must not be negative'), denominator: z.int().min(1, 'must be at least 1').default(100) });
const names = z.array(headerName).max(64, 'at most 64 entries').default([]);

/** `https://*.example.com:8443`; `*` alone stands for every origin. Schemes of applications (`app://`) are none of HTTP's but occur. */
const ORIGIN = /^(\*|[a-z][a-z0-9+.-]*:\/\/(\*|(\*\.)?[A-Za-z0-9*]([A-Za-z0-9.*-]*[A-Za-z0-9])?)(:[0-9]{1,5})?)$/;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*'] as const;

const cors = fields({
  allowOrigins: z
    .array(z.string().max(253, 'must be at most 253 characters').regex(ORIGIN, 'must be "*" or scheme://host[:port]'))
    .max(64, 'at most 64 entries')
    .default([]),
  allowCredentials: z.boolean().default(false),
  allowMethods: z.array(z.enum(METHODS)).max(9, 'at most 9 entries').default([]),
  allowHeaders: names,
  exposeHeaders: names,
  maxAge: z.int('must be a whole number').min(1, 'must be at least 1 (second)').max(2_147_483_647, 'is too large').default(5),
});

const headerNames = z
  .array(
    z
      .string()
      .max(256, 'must be at most 256 characters')
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header'),
  )
  .max(64, 'at most 64 entries');

export const filterFields = {
  requestHeaderModifier: headerFilter.optional(),
  responseHeaderModifier: headerFilter.optional(),
  requestMirror: fields({
    backendRef: backendObject,
    percent: z.int().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100').optional(),
    fraction: fraction.optional(),
  }).optional(),
  extensionRef: fields({ group: z.string(), kind: z.string().min(1, 'must not be empty'), name: z.string().min(1, 'must not be empty') }).optional(),
};

export const filter = fields({
  type: z.enum(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect', 'URLRewrite', 'ExtensionRef', 'CORS', 'ExternalAuth']),
  ...filterFields,
  requestRedirect: fields({
    scheme: z.enum(['http', 'https']).optional(),
    hostname: preciseHostname.optional(),
    path: pathModifier.optional(),
    port: portNumber.optional(),
    statusCode: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(302),
  }).optional(),
  urlRewrite: fields({ hostname: preciseHostname.optional(), path: pathModifier.optional() }).optional(),
  cors: cors.optional(),
  externalAuth: fields({
    protocol: z.enum(['HTTP', 'GRPC']),
    backendRef: backendObject,
    grpc: fields({ allowedHeaders: headerNames.optional() }).optional(),
    http: fields({
      path: z.string().max(1024, 'must be at most 1024 characters').optional(),
      allowedHeaders: headerNames.optional(),
      allowedResponseHeaders: headerNames.optional(),
    }).optional(),
    forwardBody: fields({
      maxSize: z.int('must be a whole number').min(0, 'must be from 0 to 65535').max(65_535, 'must be from 0 to 65535').optional(),
    }).optional(),
  }).optional(),
});
export type FilterSpec = z.output<typeof filter>;
export type PathModifierSpec = z.output<typeof pathModifier>;

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
