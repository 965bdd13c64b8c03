// /weft/v1/ca: the mesh's roots, and the change from one to another.
import { z } from 'zod';
import type { CaView, RotationRequest } from '../api/index.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';

/** What the certificate authority does for the management API. */
export interface CaDesk {
  view(): CaView;
  rotate(request: RotationRequest): CaView;
  pause(): CaView;
  resume(request: RotationRequest): CaView;
  undo(): CaView;
}

const PEM_BYTES = 64 * 1024;

const RequestSchema = z
  .strictObject({
    dryRun: z.boolean().optional(),
    skip: z
      .array(z.string().regex(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'must be NAMESPACE/NAME of a proxy'))
      .max(10_000)
      .optional(),
    force: z.boolean().optional(),
    chainPem: z.string().max(PEM_BYTES).optional(),
    keyPem: z.string().max(PEM_BYTES).optional(),
  })
  .refine(({ chainPem, keyPem }) => (chainPem === undefined) === (keyPem === undefined), 'a chain and its key are given together');

function requestOf(body: unknown, contentType: string | undefined): RotationRequest {
  const result = RequestSchema.safeParse(body === undefined || body === '' ? {} : readBody(body, contentType));
  if (result.success) return Object.fromEntries(Object.entries(result.data).filter(([, value]) => value !== undefined));
  // never what was sent: there is a private key in it
  throw manageError('bad-request', result.error.issues.map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`).join('; '));
}

/** Answers `METHOD /weft/v1/ca[/action]`. Throws `not-found` and `method-not-allowed`. */
export function answerCa(
  desk: CaDesk,
  {
    method,
    steps,
    body,
    contentType,
  }: { readonly method: string; readonly steps: readonly string[]; readonly body: unknown; readonly contentType: string | undefined },
): CaView {
  const [, action, ...more] = steps;
  const actions: Readonly<Record<string, () => CaView>> = {
    rotate: () => desk.rotate(requestOf(body, contentType)),
    resume: () => desk.resume(requestOf(body, contentType)),
    pause: () => desk.pause(),
    undo: () => desk.undo(),
  };
  if (action === undefined && method === 'GET') return desk.view();
  const act = action === undefined || more.length > 0 ? undefined : actions[action];
  if (act === undefined && action !== undefined)
    throw manageError('not-found', `there is nothing at /weft/v1/${steps.join('/')}: rotate, pause, resume and undo are`);
  if (act === undefined || method !== 'POST')
    throw manageError('method-not-allowed', `${method} is not possible here: ${action === undefined ? 'GET' : 'POST'} is`);
  return act();
}
