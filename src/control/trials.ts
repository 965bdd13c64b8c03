import type { Clock } from '../base/index.ts';
import type { Resource } from '../envoy/index.ts';
import { type DocumentKey, type ModelEvent, splitDocumentKey } from '../model/index.ts';
import type { ResourceRef } from '../xds/index.ts';
import type { Acceptance } from './acceptance.ts';
import { culprits } from './culprits.ts';
import { type Documents, documentsBehind } from './documents.ts';
import { shortWords } from './envoy-words.ts';
import type { Fleet } from './fleet.ts';
import type { ControlPorts } from './ports.ts';
import type { ProxyState } from './proxy-state.ts';
import type { QuarantineWard } from './quarantine.ts';

export interface TrialOptions {
  readonly documents: Documents;
  readonly ward: QuarantineWard;
  readonly fleet: Fleet;
  readonly turns: WeakMap<Resource, number>;
  readonly clock: Clock;
  readonly log: ControlPorts['log'];
  /** Runs the pipeline on these events now; proxies have the outcome in their snapshots when it returns. */
  readonly rebuild: (events: readonly ModelEvent[]) => void;
}

interface Trial {
  /** As it was first refused. */
  readonly original: Resource;
  readonly shared: boolean;
  readonly state: ProxyState;
  readonly acceptance: Acceptance;
  readonly provenUntil: number;
  readonly words: string;
  /** Put aside or found innocent so far; the last one is in quarantine. */
  readonly tried: DocumentKey[];
  /** What the proxies were sent instead, and are asked about. */
  version: string;
}

/**
 * From a refused resource to the document to blame: suspects are put aside one after the other until the resource is accepted (or
 * gone); who was put aside without need is set free. When nobody can be blamed the fault is ours: the last accepted bytes
 * stay in force for everyone, also for proxies that start later.
 */
export class Trials {
  readonly #options: TrialOptions;
  readonly #open = new Map<string, Trial>();

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** A proxy runs these bytes. True when nobody was known to. */
  accepted(state: ProxyState, ref: ResourceRef): boolean {
    const resource = state.snapshot()[ref.type].get(ref.name);
    const shared = isShared(state, ref);
    const acceptance = shared ? this.#options.fleet.acceptance : state.acceptance;
    if (resource !== undefined && acceptance.unhold(ref.type, ref.name, ref.version)) this.#serveAgain(state, resource, shared);
    if (resource === undefined || resource.version !== ref.version || ref.type === 'secret') return false;
    const trial = this.#open.get(idOf(state, ref, shared));
    const first = acceptance.accept(resource);
    if (first) for (const key of documentsBehind(resource)) this.#options.documents.proved(key, this.#options.turns.get(resource) ?? 0);
    if (trial !== undefined && trial.version === ref.version) this.#cured(trial);
    return first;
  }

  /** A proxy refuses these bytes. Late refusals of what is no longer sent change nothing. */
  refused(state: ProxyState, ref: ResourceRef, words: string): void {
    const resource = state.snapshot()[ref.type].get(ref.name);
    if (resource === undefined || resource.version !== ref.version || ref.type === 'secret') return;
    // A port that this machine does not let Envoy have, a network namespace that is gone: no document is to blame, and others may be able to.
    if (ref.type === 'listener' && (CANNOT_BIND.test(words) || NO_NAMESPACE.test(words))) return;
    const shared = isShared(state, ref);
    const acceptance = shared ? this.#options.fleet.acceptance : state.acceptance;
    // Another proxy runs these very bytes, or this one did before: what is wrong is not in any document.
    if (acceptance.accepted(ref.type, ref.name)?.version === ref.version) return;
    const id = idOf(state, ref, shared);
    const open = this.#open.get(id);
    if (open !== undefined && open.version !== ref.version) return;
    const provenUntil = acceptance.provenUntil(ref.type, ref.name);
    const trial = open ?? { original: resource, shared, state, acceptance, provenUntil, words, tried: [], version: ref.version };
    this.#open.set(id, trial);
    this.#next(trial, resource);
  }

  /** The proxy is forgotten, and with it what only it can answer. */
  forget(state: ProxyState): void {
    for (const [id, trial] of this.#open) if (trial.state === state && !trial.shared) this.#open.delete(id);
  }

  #next(trial: Trial, refused: Resource): void {
    for (let resource = refused; ; ) {
      const [suspect] = this.#suspects(trial, resource);
      if (suspect === undefined) {
        this.#giveUp(trial);
        return;
      }
      trial.tried.push(suspect);
      this.#putAside(trial, suspect);
      const now = trial.state.snapshot()[trial.original.type].get(trial.original.name);
      if (now === undefined || trial.acceptance.accepted(now.type, now.name)?.version === now.version) {
        this.#cured(trial);
        return;
      }
      if (now.version !== trial.version) {
        trial.version = now.version;
        return;
      }
      // The same bytes without it: it has nothing to do with this.
      this.#release([suspect]);
      resource = now;
    }
  }

  #suspects(trial: Trial, resource: Resource): readonly DocumentKey[] {
    const { documents, ward } = this.#options;
    const spared = (key: DocumentKey): boolean =>
      trial.tried.includes(key) || ward.get(key) !== undefined || (!trial.shared && splitDocumentKey(key).kind === 'Workload');
    return culprits({ resource, provenUntil: trial.provenUntil, words: trial.words, spared }, documents);
  }

  #putAside(trial: Trial, key: DocumentKey): void {
    const { documents, ward, clock, log, rebuild } = this.#options;
    const document = documents.get(key);
    if (document === undefined) return;
    const lastGood = documents.lastGood(key, trial.provenUntil, document);
    const words = shortWords(trial.words);
    const event = ward.admit(key, lastGood, { words, proxy: trial.state.id, at: clock.now() });
    log('warn', 'a document was put aside: Envoy refuses what is made of it', {
      document: key,
      proxy: trial.state.id,
      resource: trial.original.name,
      words,
      lastGood: lastGood !== undefined,
    });
    if (event !== undefined) rebuild([event]);
  }

  #release(keys: readonly DocumentKey[]): void {
    const events = keys.flatMap((key) => this.#options.ward.release(key) ?? []);
    if (events.length > 0) this.#options.rebuild(events);
  }

  #cured(trial: Trial): void {
    this.#open.delete(idOf(trial.state, trial.original, trial.shared));
    this.#release(trial.tried.slice(0, -1));
  }

  #giveUp(trial: Trial): void {
    const { log } = this.#options;
    const { original, acceptance, state } = trial;
    this.#open.delete(idOf(state, original, trial.shared));
    acceptance.hold(original);
    log('error', 'internal error: Envoy refuses a resource and no document can be blamed; its last accepted version stays in force', {
      proxy: state.id,
      resource: `${original.type} ${original.name}`,
      documents: documentsBehind(original),
      words: shortWords(trial.words),
    });
    this.#release(trial.tried);
    this.#serveAgain(state, original, trial.shared);
  }

  /** A hold on the resource came or went. */
  #serveAgain(state: ProxyState, resource: Resource, shared: boolean): void {
    const { fleet } = this.#options;
    if (shared) fleet.entriesReserved(new Set(documentsBehind(resource).flatMap((key) => [...fleet.entriesOfDocument(key)])));
    else fleet.ownReserved(state);
    fleet.announce();
  }
}

const CANNOT_BIND = /cannot bind '/;
/** An application that has just ended took its namespace with it. */
const NO_NAMESPACE = /netns/;

function isShared(state: ProxyState, { type, name }: Pick<ResourceRef, 'type' | 'name'>): boolean {
  // A patched one is the proxy's own, whatever stands under its name in the group.
  const shared = state.group?.layer[type]?.get(name);
  return shared !== undefined && (state.patches.length === 0 || state.snapshot()[type].get(name) === shared);
}

function idOf(state: ProxyState, { type, name }: { readonly type: string; readonly name: string }, shared: boolean): string {
  return shared ? `${type} ${name}` : `${state.id} ${type} ${name}`;
}
