// Other meshes: MeshPeers and what their endpoints say, this mesh's own bundle, and the endpoint at which others ask for it.
import { createHash } from 'node:crypto';
import type { MeshPeerView } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import { type Authority, Federation, writeSpiffeBundle } from '../identity/index.ts';
import { spiffeId, type TrustDomain } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { type BundleServer, fetchBundle, serveBundle } from '../wire/index.ts';
import type { Log } from './logger.ts';
import { systemTrust } from './system-trust.ts';

const KIND = 'weft.dev/MeshPeer';
const AREA = 'identity';
const SEQUENCE = 'bundle-sequence';

export interface FederationParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** The peers that documents name, followed as these change until it is disposed. */
export function openFederation({ store, clock, log }: FederationParts): Federation & AsyncDisposable {
  const federation = new Federation({ store, clock, log, systemBundle: systemTrust(), fetch: fetchBundle });
  const ending = new AbortController();
  const { documents, revision } = store.list({ kind: KIND });
  for (const document of documents) federation.put(document);
  const following = (async () => {
    for await (const event of store.watch({ since: revision, kind: KIND, signal: ending.signal })) {
      if (event.kind === 'put') federation.put(event.document);
      else if (event.kind === 'delete') federation.remove(event.document.metadata.name);
    }
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) log('error', 'MeshPeers are not followed any more', { error: error instanceof Error ? error.message : String(error) });
  });
  return Object.assign(federation, {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      federation.close();
      await following;
    },
  });
}

/**
 * This mesh's bundle as text. Its sequence grows whenever the anchors change, also across restarts and restored backups: it is never below the seconds of
 * the clock at the last change.
 */
export function ownBundle(store: Store, authority: Authority, clock: Clock): () => string {
  let known = { hash: '', sequence: 0, text: '' };
  return () => {
    const pem = authority.bundle();
    const hash = createHash('sha256').update(pem).digest('hex');
    if (hash === known.hash) return known.text;
    const [keptHash = '', kept = '0'] = (store.getValue(AREA, SEQUENCE) ?? '').split(' ');
    const sequence = keptHash === hash ? Number(kept) : Math.max(Number(kept) + 1, Math.floor(clock.now() / 1000));
    if (keptHash !== hash) void store.putValue(AREA, SEQUENCE, `${hash} ${sequence}`);
    known = { hash, sequence, text: writeSpiffeBundle(pem, sequence) };
    return known.text;
  };
}

/** For people: times as text. */
export const peerViews = (federation: Federation): readonly MeshPeerView[] =>
  federation.standings().map(({ sequence, fetchedAt, ...rest }) => ({
    ...rest,
    ...(sequence === undefined ? {} : { sequence }),
    ...(fetchedAt === 0 ? {} : { fetchedAt: new Date(fetchedAt).toISOString() }),
  }));

export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly authority: Authority;
  readonly clock: Clock;
  readonly log: Log;
  readonly bundle: () => string;
}

/** The identity of the bundle endpoint; peers name it in their MeshPeer. */
export const endpointId = (trustDomain: string) => spiffeId(trustDomain as TrustDomain, 'weft-system', 'control-plane');

const RETRY_MS = 10_000;

/** Serves the bundle to whoever asks, with an identity of this mesh (profile https_spiffe). */
export async function openBundleEndpoint({ host, port, authority, clock, log, bundle }: EndpointOptions): Promise<BundleServer> {
  const id = endpointId(authority.trustDomain);
  const first = await authority.issue(id);
  const server = await serveBundle({ host, port, tls: first, bundle });
  let cancel = (): void => {};
  const renew = async (): Promise<void> => {
    try {
      const next = await authority.issue(id);
      server.updateTls(next);
      plan(next.renewAt);
    } catch (error) {
      log('error', 'the certificate of the bundle endpoint could not be renewed', { error: error instanceof Error ? error.message : String(error) });
      plan(clock.now() + RETRY_MS);
    }
  };
  // Looked at often enough for a clock that is set: a laptop that slept.
  const plan = (at: number): void => {
    cancel = clock.after(Math.max(0, Math.min(30_000, at - clock.now())), () => void (clock.now() >= at ? renew() : plan(at)));
  };
  plan(first.renewAt);
  // Another root issues now: who has dropped the old one could not recognise the endpoint.
  const off = authority.onBundle(() => void renew());
  return {
    port: server.port,
    updateTls: (tls) => server.updateTls(tls),
    close: async () => {
      cancel();
      off();
      await server.close();
    },
  };
}
