// GET /metrics: the control plane's own numbers, for Prometheus. The mesh's are on a page of their own.
import type { FastifyInstance } from 'fastify';
import { EXPOSITION_TYPE, expositionText, type Family } from '../base/index.ts';
import type { Findings } from './checks/index.ts';
import type { ManagePorts } from './ports.ts';

/** Findings are worked out for this page at most so often: it is read every few seconds, and the documents are many. */
const FINDINGS_MS = 30_000;

type Asked = Pick<ManagePorts, 'families' | 'clock'>;

/** What is wrong, by code: an alert that fires on it names the thing by `weft check`. */
function findingsFamily(counts: ReadonlyMap<string, { readonly severity: string; readonly value: number }>): Family {
  const samples = [...counts].sort().map(([code, { severity, value }]) => ({ labels: { code, severity }, value }));
  return { type: 'gauge', name: 'weft_findings', help: 'What is wrong now, by code and severity; weft check names it.', samples };
}

export function ownMetricsRoute(app: FastifyInstance, ports: Asked, findings: Findings): void {
  let known: { readonly at: number; readonly family: Family } | undefined;
  const family = async (): Promise<Family> => {
    const now = ports.clock.monotonic();
    if (known !== undefined && now - known.at < FINDINGS_MS) return known.family;
    const counts = new Map<string, { readonly severity: string; readonly value: number }>();
    for (const { code, severity } of (await findings.view()).items) counts.set(code, { severity, value: (counts.get(code)?.value ?? 0) + 1 });
    known = { at: now, family: findingsFamily(counts) };
    return known.family;
  };
  app.get('/metrics', { config: { permission: { kind: 'weft', verb: 'get', resource: 'controlplane', in: 'everywhere' } } }, async (_request, reply) => {
    const [own, wrong] = await Promise.all([ports.families?.() ?? [], family()]);
    return reply.header('content-type', EXPOSITION_TYPE).send(expositionText([...own, wrong]));
  });
}
