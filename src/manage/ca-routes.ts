// /weft/v1/ca: the mesh's roots, and the change from one to another.
import { z } from 'zod';
import type { CaView, RotationRequest } from '../api/index.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import type { WeftCall, WeftRoute } from './routes.ts';

/** What the certificate authority does for the management API. */
export interface CaDesk {
  view(): CaView;
  rotate(request: RotationRequest): Promise<CaView>;
  pause(): Promise<CaView>;
  resume(request: RotationRequest): Promise<CaView>;
  undo(): Promise<CaView>;
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

/** Below `/weft/v1/ca`: for those who may do so everywhere. They answer `not-found` where there is no authority. */
export function caRoutes(ports: Pick<ManagePorts, 'ca'>): readonly WeftRoute[] {
  const desk = (): CaDesk => {
    if (ports.ca === undefined) throw manageError('not-found', 'there is no certificate authority here');
    return ports.ca;
  };
  const actions: Readonly<Record<string, (call: WeftCall) => Promise<CaView>>> = {
    rotate: ({ body, contentType }) => desk().rotate(requestOf(body, contentType)),
    resume: ({ body, contentType }) => desk().resume(requestOf(body, contentType)),
    pause: () => desk().pause(),
    undo: () => desk().undo(),
  };
  const acting = Object.entries(actions).map(
    ([action, answer]): WeftRoute => ({
      method: 'POST',
      path: `/ca/${action}`,
      permission: { kind: 'weft', verb: 'update', resource: 'ca', in: 'everywhere' },
      audit: { verb: action, what: () => ({ what: 'certificate authority', namespace: '' }) },
      answer,
    }),
  );
  return [{ method: 'GET', path: '/ca', permission: { kind: 'weft', verb: 'get', resource: 'ca', in: 'everywhere' }, answer: () => desk().view() }, ...acting];
}
