import type { Clock } from '../base/index.ts';
import type { Document } from '../model/index.ts';
import type { EndpointTrust } from '../wire/index.ts';
import { type BundleContent, readSpiffeBundle } from './spiffe-bundle.ts';
import type { ClaimStore } from './tokens.ts';

/** What a MeshPeer says; model's MeshPeerSpec. */
interface PeerSpec {
  readonly bundle?: string;
  readonly endpoint?: { readonly url: string; readonly profile: 'https_web' | 'https_spiffe'; readonly spiffeId?: string };
}

export interface FederationOptions {
  readonly store: ClaimStore;
  readonly clock: Clock;
  /** Trust anchors of the web, PEM. */
  readonly systemBundle: string;
  readonly fetch: (request: { readonly url: string; readonly trust: EndpointTrust }) => Promise<string>;
  readonly log: (level: 'info' | 'warn', message: string, details: Readonly<Record<string, unknown>>) => void;
}

/** How it is with a peer, for people. */
export interface PeerStanding {
  readonly trustDomain: string;
  readonly authorities: number;
  readonly sequence: number | undefined;
  readonly url: string;
  /** Epoch ms of the last bundle that was fetched; 0: none. */
  readonly fetchedAt: number;
  /** Why the last attempt failed; '' when it did not. */
  readonly problem: string;
}

interface Kept {
  readonly text: string;
  readonly fetchedAt: number;
  /** Of the document that it was fetched for: what an operator writes afterwards is newer. */
  readonly written: string;
}

interface Peer {
  readonly document: Document;
  readonly written: string;
  content: BundleContent | undefined;
  fetchedAt: number;
  problem: string;
  failures: number;
  cancel: () => void;
}

const AREA = 'peer-bundles';
const LEAST_SECONDS = 10;
const MOST_SECONDS = 3600;
const RETRY_MS = 5000;

/**
 * The bundles of other meshes, each apart from the others: as MeshPeers give them, then as their endpoints do, kept across restarts. Fits control's `Peers`.
 * A peer that cannot be asked keeps the anchors that are known of it; one whose document is gone is nobody at once.
 */
export class Federation {
  readonly #options: FederationOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #listeners = new Set<() => void>();
  #closed = false;

  constructor(options: FederationOptions) {
    this.#options = options;
  }

  bundles(): ReadonlyMap<string, string> {
    return new Map([...this.#peers].flatMap(([domain, { content }]) => (content === undefined ? [] : [[domain, content.pem] as const])));
  }

  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => void this.#listeners.delete(callback);
  }

  standings(): readonly PeerStanding[] {
    return [...this.#peers.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([trustDomain, { content, document, fetchedAt, problem }]) => ({
        trustDomain,
        authorities: content?.pem.match(/BEGIN CERTIFICATE/g)?.length ?? 0,
        sequence: content?.sequence,
        url: (document.spec as PeerSpec).endpoint?.url ?? '',
        fetchedAt,
        problem,
      }));
  }

  /** A MeshPeer as it is now. */
  put(document: Document): void {
    const domain = document.metadata.name;
    const written = JSON.stringify(document.spec);
    const known = this.#peers.get(domain);
    if (known?.written === written) return;
    known?.cancel();
    const kept = this.#kept(domain, written);
    const text = kept?.text ?? (document.spec as PeerSpec).bundle;
    const read = text === undefined ? undefined : readSpiffeBundle(text);
    const content = read?.ok === true ? read.value : undefined;
    const problem = read === undefined || read.ok ? '' : read.error;
    const peer: Peer = { document, written, content, fetchedAt: kept?.fetchedAt ?? 0, problem, failures: 0, cancel: () => undefined };
    this.#peers.set(domain, peer);
    this.#tell();
    this.#ask(domain, peer, 0);
  }

  /** A MeshPeer that is gone: its workloads are strangers from now on. */
  remove(domain: string): void {
    this.#peers.get(domain)?.cancel();
    if (!this.#peers.delete(domain)) return;
    void this.#options.store.putValue(AREA, domain, undefined);
    this.#tell();
  }

  close(): void {
    this.#closed = true;
    for (const peer of this.#peers.values()) peer.cancel();
  }

  #kept(domain: string, written: string): Kept | undefined {
    const text = this.#options.store.listValues(AREA).get(domain);
    const kept = text === undefined ? undefined : (JSON.parse(text) as Kept);
    return kept?.written === written ? kept : undefined;
  }

  #ask(domain: string, peer: Peer, afterMs: number): void {
    if ((peer.document.spec as PeerSpec).endpoint === undefined) return;
    peer.cancel = this.#options.clock.after(afterMs, () => void this.#refresh(domain, peer));
  }

  async #refresh(domain: string, peer: Peer): Promise<void> {
    const problem = await this.#fetch(domain, peer).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (this.#closed || this.#peers.get(domain) !== peer) return;
    if (problem !== '' && problem !== peer.problem)
      this.#options.log('warn', 'the bundle of a peer could not be fetched; what is known of it holds on', { peer: domain, problem });
    peer.problem = problem;
    peer.failures = problem === '' ? 0 : peer.failures + 1;
    const seconds = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, peer.content?.refreshHintSeconds ?? 300));
    this.#ask(domain, peer, problem === '' ? seconds * 1000 : Math.min(seconds * 1000, RETRY_MS * 2 ** Math.min(peer.failures, 8)));
  }

  /** What went wrong, or ''. */
  async #fetch(domain: string, peer: Peer): Promise<string> {
    const { endpoint } = peer.document.spec as PeerSpec;
    if (endpoint === undefined) return '';
    const trust = this.#trust(endpoint, peer.content);
    if (trust === undefined) return 'there is no bundle by which its endpoint could be recognised';
    const text = await this.#options.fetch({ url: endpoint.url, trust });
    const read = readSpiffeBundle(text);
    if (!read.ok) return `what the endpoint ${endpoint.url} answers is no bundle: ${read.error}`;
    const [before, after] = [peer.content?.sequence, read.value.sequence];
    if (before !== undefined && after !== undefined && after < before) return `the endpoint has the bundle ${after}, which is older than ${before}`;
    if (this.#closed || this.#peers.get(domain) !== peer) return '';
    peer.fetchedAt = this.#options.clock.now();
    const kept: Kept = { text, fetchedAt: peer.fetchedAt, written: peer.written };
    await this.#options.store.putValue(AREA, domain, JSON.stringify(kept));
    const changed = peer.content?.pem !== read.value.pem;
    peer.content = read.value;
    if (changed) this.#tell();
    return '';
  }

  #trust(endpoint: NonNullable<PeerSpec['endpoint']>, content: BundleContent | undefined): EndpointTrust | undefined {
    if (endpoint.profile === 'https_web') return { profile: 'https_web', anchors: this.#options.systemBundle };
    return content === undefined ? undefined : { profile: 'https_spiffe', anchors: content.pem, spiffeId: endpoint.spiffeId ?? '' };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
