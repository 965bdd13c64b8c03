// /livez, /healthz and /readyz, for whoever starts and watches the process. They are asked without a credential, so they name parts and no causes.
import type { FastifyInstance } from 'fastify';
import type { ManagePorts } from './ports.ts';

const READY_MS = 3000;

/** The answer, or `otherwise` when it takes too long. */
function within<T>(ports: Pick<ManagePorts, 'clock'>, answer: Promise<T>, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = ports.clock.after(READY_MS, () => resolve(otherwise));
    answer.then(resolve, reject).finally(cancel);
  });
}

/** Live: the event loop comes around to answer, after other work of its turn. Ready: the store takes writes, the proxies’ port takes connections. */
export function healthRoutes(app: FastifyInstance, ports: Pick<ManagePorts, 'clock' | 'ready'>): void {
  const permission = (why: string) => ({ config: { permission: { kind: 'public', why } as const } });
  for (const url of ['/healthz', '/livez'])
    app.get(url, permission('says that the process answers, nothing else'), async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { status: 'ok' };
    });
  app.get('/readyz', permission('says which parts do not work, by name, nothing else'), async (_request, reply) => {
    const failed = await within(ports, Promise.resolve(ports.ready?.() ?? []), ['time']);
    return failed.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: 'not ready', failed });
  });
}
