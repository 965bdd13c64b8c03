// Messages of the machine protocol: JSON in, JSON out, and what is wrong with a request in words.
import { describeOrigin } from '../base/index.ts';
import type { Document } from '../model/index.ts';
import { parseDocument } from '../policy/index.ts';
import type { CallInfo, GrpcMethod } from '../wire/index.ts';
import { machineError } from './machines-errors.ts';

/** A method whose request and reply are JSON. Throws `bad-request` for anything else. */
export function json(handle: (request: unknown, call: CallInfo) => Promise<unknown>): GrpcMethod {
  return {
    kind: 'unary',
    handle: async (bytes, call) => {
      let request: unknown;
      try {
        request = JSON.parse(Buffer.from(bytes).toString('utf8'));
      } catch (error) {
        throw machineError('bad-request', 'the request is not JSON: weft and the control plane are of versions that do not fit', { cause: error });
      }
      return Buffer.from(JSON.stringify(await handle(request, call)), 'utf8');
    },
  };
}

interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } };
}

/** What the schema reads from a value. Throws `bad-request` that names every place that does not fit. */
export function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const words = result.error.issues.map(
    ({ path, message }) =>
      `${
        path
          .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
          .join('')
          .replace(/^\./, '') || 'request'
      }: ${message}`,
  );
  throw machineError('bad-request', `the request is not as the machine protocol says: ${words.join('; ')}`, { details: { issues: words } });
}

/** A document that passes the model's own rules. Throws `bad-request` with the first diagnostics when it does not. */
export function checked(value: unknown): Document {
  const { document, diagnostics } = parseDocument(value);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (document !== undefined && errors.length === 0) return document;
  throw machineError('bad-request', errors.map(({ code, at, message }) => `${code} ${describeOrigin(at)}: ${message}`).join('; '), {
    details: { diagnostics: errors },
  });
}
