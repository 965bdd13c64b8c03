// Follows the pods of this node, and puts right those that wait at the gate (src/cni/repair.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { type Capture, repair, waitingPod } from '../../cni/index.ts';
import { type KubeClient, type KubeObject, Reflector } from '../../kube/index.ts';
import type { Log } from '../logger.ts';
import { PODS } from './pods.ts';
import type { Told } from './told.ts';

export interface RepairsOptions {
  readonly client: KubeClient;
  readonly node: string;
  readonly capture: Capture;
  /** Where the host keeps network namespaces, as it is seen from here. */
  readonly folder: string;
  readonly told: Told;
  readonly log: Log;
  readonly everyMs?: number;
}

const EVERY_MS = 5000;

/** Until the signal aborts; never rejects. */
export async function keepRepairing({ client, node, capture, folder, told, log, everyMs = EVERY_MS }: RepairsOptions, signal: AbortSignal): Promise<void> {
  const pods = new Map<string, KubeObject>();
  /** By uid: what is there cannot be lost again. */
  const well = new Set<string>();
  const sink = {
    put: (key: string, object: KubeObject) => void pods.set(key, object),
    delete: (key: string) => {
      well.delete(pods.get(key)?.metadata.uid ?? '');
      pods.delete(key);
    },
    synced: () => {},
    trouble: (problem: unknown) => {
      if (problem !== undefined) log('warn', 'the pods of this node cannot be followed', { error: String(problem) });
    },
  };
  const followed = new Reflector({ client, type: PODS, fieldSelector: `spec.nodeName=${node}`, sink }).run(signal);
  while (!signal.aborted) {
    for (const each of [...pods.values()]) {
      const waiting = waitingPod(each, Date.now());
      if (waiting === undefined || well.has(waiting.pod.uid) || signal.aborted) continue;
      const done = await repair(waiting, { capture, folder, signal });
      if (typeof done === 'object') told.pod('WEFT2494', waiting.pod, `the pod has no rules, and they cannot be written: ${done.failed}`);
      else well.add(waiting.pod.uid);
      if (done === 'repaired') told.pod('WEFT2493', waiting.pod, 'the pod was made without the plugin, and has its rules now');
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await followed;
}
