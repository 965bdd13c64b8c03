// What is wrong with objects, where people look: as Events (`kubectl describe`), and as the condition Accepted on objects of our kinds, which
// have no document in the mesh to say it for them.
import type { Diagnostic } from '../../base/index.ts';
import { EventRecorder, type KubeClient } from '../../kube/index.ts';
import { KINDS } from '../../policy/index.ts';
import type { Mirror } from '../../source/index.ts';
import type { Log } from '../logger.ts';
import { statusToApply } from './own-status.ts';
import { WorkList } from './work-list.ts';

const CONTROLLER = 'weft.dev/control-plane';
const FIELD_MANAGER = 'weft';

export interface ProblemObjectsOptions {
  readonly client: KubeClient;
  readonly mirror: Pick<Mirror, 'problems' | 'onProblem'>;
  readonly instance: string;
  readonly log: Log;
}

const textOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(({ code, at, message, hint }) => `${code}${at.path === '' ? '' : ` ${at.path}`}: ${message}${hint === '' ? '' : ` (${hint})`}`).join('; ');

/** Tells of problems until the signal aborts; once of each, and again when it is another. */
export async function keepProblems({ client, mirror, instance, log }: ProblemObjectsOptions, signal: AbortSignal): Promise<void> {
  const recorder = new EventRecorder({ client, controller: CONTROLLER, instance });
  const said = new Map<string, string>();
  const list = new WorkList<string>({
    width: 4,
    perSecond: 20,
    see: async (place) => {
      const diagnostics = mirror.problems.get(place) ?? [];
      const text = textOf(diagnostics);
      if (diagnostics.length === 0) said.delete(place);
      if (diagnostics.length === 0 || said.get(place) === text) return;
      await tell({ client, recorder }, place, diagnostics);
      said.set(place, text);
    },
    failed: (object, error) => log('warn', 'what is wrong with an object cannot be written onto it; trying again', { object, error: error.message }),
  });
  const off = mirror.onProblem((place) => list.add(place));
  for (const place of mirror.problems.keys()) list.add(place);
  await list.run(signal);
  off();
}

async function tell(to: { readonly client: KubeClient; readonly recorder: EventRecorder }, place: string, diagnostics: readonly Diagnostic[]): Promise<void> {
  const [kind = '', key = ''] = place.split(' ');
  const type = KINDS.find((each) => each.kind === kind);
  const [name = '', namespace] = key.split('/').reverse();
  // What may not be read has nothing that could be written to.
  if (type === undefined || kind === 'Secret' || kind === 'ConfigMap') return;
  const at = { name, ...(namespace === undefined ? {} : { namespace }) };
  const object = await to.client.get(type, at);
  if (object === undefined) return;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const { uid, generation = 0, resourceVersion } = object.metadata;
  const regarding = { type, ...at, ...(uid === undefined ? {} : { uid }) };
  const reason = errors.length > 0 ? 'NotAccepted' : 'PartlyIgnored';
  await to.recorder.record({ regarding, severity: 'Warning', reason, action: 'Read', note: textOf(diagnostics) });
  if (type.group !== 'weft.dev' || errors.length === 0) return;
  const condition = { type: 'Accepted', status: 'False', reason: 'UnsupportedValue', message: textOf(errors) };
  const dated = { ...condition, observedGeneration: generation, lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z') };
  const status = statusToApply({ conditions: [dated] }, (object['status'] ?? {}) as Readonly<Record<string, unknown>>);
  const metadata = { ...at, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  if (status !== undefined) await to.client.apply(type, { metadata, status }, { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' });
}
