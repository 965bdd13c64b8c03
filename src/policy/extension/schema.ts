import { z } from 'zod';
import { attachment, fields, label, portNumber, subdomain } from '../../model/index.ts';

const MOST_SOURCE = 256 * 1024;

const headers = z.enum(['Send', 'Skip']).optional();
const body = z.enum(['None', 'Buffered', 'BufferedPartial', 'Streamed']).optional();

const lua = fields({ inline: z.string().min(1, 'must not be empty').max(MOST_SOURCE, `must be at most ${MOST_SOURCE} characters`) });

const extProc = fields({
  /** A Service of the mesh that speaks gRPC: it is called over mutual TLS, like any other. */
  service: fields({ name: subdomain, namespace: label.optional(), port: portNumber }),
  processing: fields({
    requestHeaders: headers,
    requestBody: body,
    requestTrailers: headers,
    responseHeaders: headers,
    responseBody: body,
    responseTrailers: headers,
  }).optional(),
  /** Requests go on when the processor cannot be asked. Otherwise they are answered 500. */
  failOpen: z.boolean().optional(),
});

const MOST_CONFIG = 64 * 1024;

const wasm = fields({
  /** The module itself, base64. */
  module: fields({ inline: z.base64('must be base64').min(8, 'must not be empty') }),
  /** Given to the module as it is: text, or anything else as JSON. */
  config: z.union([z.string().max(MOST_CONFIG, `must be at most ${MOST_CONFIG} characters`), z.record(z.string(), z.json())]).optional(),
  /** Requests go on when the module fails. Otherwise they are answered 503. */
  failOpen: z.boolean().optional(),
});

export const extensionSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'], { selector: true }),
  /** Of several at one place the lower goes first on requests, and last on responses. */
  order: z.int('must be a whole number').min(-1000, 'must be from -1000 to 1000').max(1000, 'must be from -1000 to 1000').optional(),
  lua: lua.optional(),
  wasm: wasm.optional(),
  extProc: extProc.optional(),
});
export type ExtensionSpec = z.output<typeof extensionSchema>;
export type WasmSpec = NonNullable<ExtensionSpec['wasm']>;
export type ExtProcSpec = NonNullable<ExtensionSpec['extProc']>;
