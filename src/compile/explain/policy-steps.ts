// What policies say of a route or a port, line by line, each with its place and whom it overrides. Generic over the list of policies.
import type { Origin } from '../../base/index.ts';
import { type ServiceKey, workloadsOfService } from '../../model/index.ts';
import { type EffectiveField, valueWords } from '../../policy/index.ts';
import { targetOf } from '../plan/endpoints.ts';
import { type Acting, clusterActing, type Holding, holdings, inboundActing } from '../plan/policies.ts';
import { callerOf } from '../plan/view.ts';
import type { Call, ExplainStep } from './explain.ts';
import { type Caller, viewIn } from './view.ts';

/** Said even when nobody wrote anything of it: without knowing these a call is not understood. */
const ALWAYS: ReadonlySet<string> = new Set(['TimeoutPolicy', 'RetryPolicy']);

/** A line for each policy kind that has something to say there. */
export function policySteps(acting: Acting, method?: string): readonly ExplainStep[] {
  return holdings(acting).flatMap((holding) => stepOf(holding, acting, method) ?? []);
}

/** What policies say of the way to a port of a service, as the caller connects to it. */
export function clusterSteps(call: Caller, key: ServiceKey, port: number): readonly ExplainStep[] {
  const { mesh } = call;
  const service = mesh.services.get(key);
  const found = service?.ports.find((each) => each.port === port);
  if (service === undefined || found === undefined) return [];
  return policySteps(clusterActing(mesh, { service, port: found, ...callerOf(viewIn(call, key)) }));
}

/** What policies say where the requests arrive: at the first workload of the service. */
export function inboundSteps({ mesh }: Pick<Call, 'mesh'>, key: ServiceKey, port: number, method?: string): readonly ExplainStep[] {
  const service = mesh.services.get(key);
  const found = service?.ports.find((each) => each.port === port);
  const workload = service === undefined ? undefined : workloadsOfService(mesh, service).find((each) => each.proxy !== undefined);
  const target = workload === undefined || found === undefined ? undefined : targetOf(workload, found);
  if (service === undefined || found === undefined || workload === undefined || target === undefined) return [];
  const arrival = { workload, port: target.port, protocol: found.protocol } as const;
  // What authorization decides about this very call has a line of its own (authorize.ts).
  return (['route', 'cluster'] as const)
    .flatMap((kind) => policySteps(inboundActing(mesh, { ...arrival, kind }), method))
    .filter(({ subject }) => subject !== 'authz');
}

function stepOf({ definition, effective }: Holding, { site }: Acting, method: string | undefined): ExplainStep | undefined {
  const words = definition.words(effective, site, method);
  if (words === undefined) return undefined;
  const written = [...effective.fields.values()].filter(isWritten);
  if (written.length === 0 && !ALWAYS.has(definition.kind.kind)) return undefined;
  const decides = effective.fields.get(words.path) ?? written[0];
  const notes = [decides === undefined ? '' : sourceWords(decides), words.note ?? '', elsewhere(written, decides)].filter((note) => note !== '');
  return { subject: definition.subject, value: words.value, note: notes.join('; '), ...(decides === undefined ? {} : { origin: decides.from.origin }) };
}

/** By a document or a rule, and not by what holds without any. */
function isWritten({ from }: EffectiveField): boolean {
  return from.policy !== undefined || from.origin.kind.endsWith('Route') || from.origin.kind === 'Service';
}

/** `Service/checkout overrides Mesh default 15s`. */
export function sourceWords({ from, over }: EffectiveField): string {
  const [next] = over;
  return next === undefined ? from.words : `${from.words} overrides ${next.words} ${valueWords(next.value)}`;
}

/** Other documents that decide other fields: `backoff.base by Mesh (retry.yaml:3)`. */
function elsewhere(written: readonly EffectiveField[], decides: EffectiveField | undefined): string {
  const others = written.filter((field) => decides === undefined || !sameDocument(field.from.origin, decides.from.origin));
  const seen = new Map(others.map((field) => [field.from.words, field]));
  return [...seen.values()].map(({ path, from }) => `${path} by ${from.words}${placeWords(from.origin)}`).join('; ');
}

function sameDocument(a: Origin, b: Origin): boolean {
  return a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

function placeWords({ file, line }: Origin): string {
  return file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
}
