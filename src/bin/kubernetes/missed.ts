// Pods that were to have a proxy and have none, told where their owners look: as events (`kubectl describe pod`, `kubectl events`).
import { hostname } from 'node:os';
import { type EventNote, EventRecorder, type KubeClient, type ResourceType } from '../../kube/index.ts';
import { type MissedPod, missedPods } from '../../manage/index.ts';
import { type Document, type Mesh, makeDocumentKey } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
/** Events are kept for an hour, and the same one again is a higher count of the first. */
const EVERY_MS = 5 * 60_000;
/** A pod that is being made is given the time to be known with its proxy. */
const FIRST_MS = 30_000;
/** An event for each of thousands would be noise: `weft check` has all. */
const MOST = 50;

export interface MissedOptions {
  readonly client: KubeClient;
  readonly mesh: () => Mesh;
  readonly store: Pick<Store, 'get'>;
  readonly times?: { readonly firstMs: number; readonly everyMs: number };
}

function noteOf({ namespace, name }: MissedPod, document: Document | undefined): EventNote {
  const uid = document?.metadata.uid;
  return {
    regarding: { type: PODS, namespace, name, ...(uid === undefined ? {} : { uid }) },
    severity: 'Warning',
    reason: 'NotMeshed',
    action: 'Inject',
    note: `WEFT2430: the pod is to have a proxy and has none; it was made before its namespace was labelled, or without the webhook. Make it anew: kubectl -n ${namespace} rollout restart`,
  };
}

/** Tells of them again and again, until the signal aborts: for the leader alone. Never rejects for the server's sake. */
export async function tellMissed({ client, mesh, store, times = { firstMs: FIRST_MS, everyMs: EVERY_MS } }: MissedOptions, held: AbortSignal): Promise<void> {
  const recorder = new EventRecorder({ client, controller: 'weft.dev/injector', instance: hostname() });
  const document = ({ kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string }): Document | undefined =>
    store.get(makeDocumentKey(kind === 'Workload' ? 'weft.dev' : '', kind, namespace, name));
  for (let pauseMs = times.firstMs; await paused(pauseMs, held); pauseMs = times.everyMs) {
    for (const pod of missedPods(mesh(), document).slice(0, MOST)) {
      if (held.aborted) return;
      await recorder.record(noteOf(pod, document({ kind: 'Workload', ...pod })));
    }
  }
}

/** False when the signal came before the end. */
function paused(ms: number, held: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (held.aborted) return resolve(false);
    const done = (whole: boolean): void => {
      clearTimeout(timer);
      held.removeEventListener('abort', stop);
      resolve(whole);
    };
    const stop = (): void => done(false);
    const timer = setTimeout(() => done(true), ms);
    held.addEventListener('abort', stop, { once: true });
  });
}
