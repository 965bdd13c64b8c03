// Writers: one replica at a time writes into the cluster. Every replica serves proxies.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type KubeClient, LeaderElection, type LeaseTimes } from '../../kube/index.ts';
import type { Log } from '../logger.ts';

/** Something that the leader does until the signal aborts. It keeps its own failures: one that rejects is a bug, and ends alone. */
export type Writing = (held: AbortSignal) => Promise<void>;

export interface LeadershipOptions {
  readonly client: KubeClient;
  /** Several control planes of one cluster have a lease each. */
  readonly revision: string;
  readonly writings: Readonly<Record<string, Writing>>;
  readonly times?: LeaseTimes | undefined;
  readonly log: Log;
}

export interface Leadership extends AsyncDisposable {
  readonly leading: boolean;
}

export const leaseName = (revision: string): string => (revision === '' ? 'weft-writer' : `weft-writer-${revision}`);

/** Stands for election from now on; gives the lease back at the end. */
export function openLeadership({ client, revision, writings, times, log }: LeadershipOptions): Leadership {
  const stop = new AbortController();
  const name = leaseName(revision);
  const identity = `${hostname()}_${randomUUID().slice(0, 8)}`;
  const election = new LeaderElection({ client, namespace: client.namespace, name, identity, ...(times === undefined ? {} : { times }) });
  let leading = false;
  const one = async (what: string, write: Writing, held: AbortSignal): Promise<void> => {
    try {
      await write(held);
    } catch (error) {
      log('error', 'a writer of the leader failed', { writer: what, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  };
  const running = election.run(stop.signal, async (held) => {
    leading = true;
    log('info', 'this control plane writes into the cluster now', { lease: name, identity });
    // Until it ends: a writer that failed does not take the others with it.
    const over = new Promise<void>((resolve) => held.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all([over, ...Object.entries(writings).map(([what, write]) => one(what, write, held))]);
    leading = false;
    log('info', 'this control plane does not write into the cluster any more', { lease: name });
  });
  return {
    get leading() {
      return leading;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}
