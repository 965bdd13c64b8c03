import type { Clock, Diagnostic } from '../base/index.ts';
import type { Affected, Parts } from '../compile/index.ts';
import type { Resource } from '../envoy/index.ts';
import {
  type Change,
  type DocumentKey,
  diagnostic,
  documentKey,
  type GatewayKey,
  type Mesh,
  type ModelEvent,
  originOf,
  proxyIdOf,
  type ServiceKey,
  workloadKey,
} from '../model/index.ts';
import { emptyMesh } from '../policy/index.ts';
import type { DanglingReference, Touched } from '../xds/index.ts';
import { ALL_PARTS, type OnBug } from './catalog.ts';
import type { Compiler } from './compiler.ts';
import { type Documents, documentsBehind } from './documents.ts';
import { wordsOf } from './errors.ts';
import type { Fleet } from './fleet.ts';
import type { Meters } from './meters.ts';
import type { ControlPorts } from './ports.ts';
import type { ProxyState } from './proxy-state.ts';
import type { QuarantineWard } from './quarantine.ts';

export interface PipelineOptions {
  readonly compiler: Compiler;
  readonly meters: Meters;
  readonly documents: Documents;
  readonly ward: QuarantineWard;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly log: ControlPorts['log'];
  /** What the mesh says of these documents may be different now. */
  readonly restate: (key: DocumentKey) => void;
  /** Its workload has left the mesh, or is another account's now. */
  readonly dismiss: (state: ProxyState) => void;
}

interface Bug {
  readonly subject: string;
  readonly error: unknown;
  readonly again: (mesh: Mesh) => void;
}

/** So many changes of one batch are tried one by one to find which of them makes the core throw. */
const MOST_TRIED = 500;

/**
 * Events → mesh → what they touch → compiled, and nothing else → snapshots of the proxies that see it. Synchronous: between two runs
 * every snapshot belongs to one mesh. An exception of the pure core costs only the thing it was about, which keeps its last good form.
 */
export class Pipeline {
  mesh: Mesh = emptyMesh();
  /** Documents that made the core throw. */
  readonly faults = new Map<DocumentKey, Diagnostic>();
  readonly #options: PipelineOptions;
  #bugs: Bug[] = [];

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  readonly onBug: OnBug = (subject, error, again) => {
    this.#bugs.push({ subject, error, again });
    this.#options.meters.bugs++;
    this.#options.log('error', 'internal error: compiling failed; the last good form stays in force', { subject, error: wordsOf(error) });
  };

  /** A resource points at something that is not sent: shown at the documents it comes from. */
  readonly onDangling = ({ from, type, name }: DanglingReference, proxy: ProxyState): void => {
    const { documents, log, restate } = this.#options;
    const keys = documentsBehind(from);
    const words = `${from.type} ${from.name} points at ${type} ${name}, which is not sent`;
    log('error', 'internal error: a resource points at one that is not there', { proxy: proxy.id, words, documents: keys });
    for (const key of keys) {
      const document = documents.get(key);
      if (document === undefined || document.kind === 'Workload') continue;
      this.faults.set(key, diagnostic('WEFT1503', originOf(document, ''), words));
      restate(key);
    }
  };

  readonly onResolved = (resource: Resource): void => {
    for (const key of documentsBehind(resource)) {
      if (this.faults.get(key)?.code === 'WEFT1503' && this.faults.delete(key)) this.#options.restate(key);
    }
  };

  /** Takes the events into force and tells the streams. */
  run(events: readonly ModelEvent[]): void {
    const { documents, fleet, clock, meters } = this.#options;
    const began = clock.monotonic();
    const before = this.mesh;
    documents.turn++;
    const { mesh, changes } = this.#apply(before, events);
    if (mesh === before) return;
    this.mesh = mesh;
    for (const change of changes) {
      if (change.before !== change.after || change.after === undefined) documents.inForce(change.key, change.after);
      this.#options.restate(change.key);
    }
    this.#restateNeighbours(before, changes);
    // With nobody to tell nothing is compiled: the first batch of a start costs no more than reading it.
    if (fleet.proxies.size > 0) this.#publish(before, changes);
    const culprits = this.#blame(changes);
    fleet.preflight();
    const compiled = clock.monotonic();
    meters.compile.observe(compiled - began);
    meters.push?.compiled();
    fleet.announce();
    meters.send.observe(clock.monotonic() - compiled);
    if (culprits.length > 0) this.run(culprits);
  }

  /** One by one when the batch makes the core throw: then only the document that does it stays out. */
  #apply(mesh: Mesh, events: readonly ModelEvent[]): { readonly mesh: Mesh; readonly changes: readonly Change[] } {
    const { compiler } = this.#options;
    try {
      return compiler.apply(mesh, events);
    } catch (error) {
      const [only] = events;
      if (only !== undefined && events.length === 1) {
        this.#fault(only.kind === 'put' ? documentKey(only.document) : only.key, error);
        return { mesh, changes: [] };
      }
    }
    let next = mesh;
    const changes: Change[] = [];
    for (const event of events) {
      const one = this.#apply(next, [event]);
      next = one.mesh;
      changes.push(...one.changes);
    }
    return { mesh: next, changes };
  }

  #publish(before: Mesh, changes: readonly Change[]): void {
    const { fleet } = this.#options;
    const { services, gateways, proxies } = this.#affected(before, changes);
    for (const [service, parts] of services) fleet.serviceChanged(this.mesh, service, parts);
    for (const gateway of gateways) fleet.gatewayChanged(this.mesh, gateway);
    this.#dismissGone(changes);
    const moves = new Map<string, Touched>();
    const ids = proxies === 'all' ? [...fleet.proxies.keys()] : [...proxies];
    for (const id of ids) {
      const state = fleet.proxies.get(id);
      if (state !== undefined) fleet.proxyChanged(this.mesh, state, moves);
    }
  }

  /** What a change touches; everything, should that question make the core throw. */
  #affected(before: Mesh, changes: readonly Change[]): Affected {
    try {
      return this.#options.compiler.affected(before, this.mesh, changes);
    } catch (error) {
      const { compiler } = this.#options;
      this.onBug('what a change touches', error, (other) => void compiler.affected(before, other, compiler.apply(before, []).changes));
      const services = new Map<ServiceKey, Parts>();
      for (const mesh of [before, this.mesh]) for (const key of mesh.services.keys()) services.set(key as ServiceKey, ALL_PARTS);
      return { services, gateways: new Set([...before.gateways.keys(), ...this.mesh.gateways.keys()] as GatewayKey[]), proxies: 'all' };
    }
  }

  /** Proxies whose workload left, or belongs to another account now. */
  #dismissGone(changes: readonly Change[]): void {
    const { fleet, dismiss } = this.#options;
    for (const { kind, before, after } of changes) {
      const meta = kind === 'Workload' ? (after ?? before)?.metadata : undefined;
      const state = meta === undefined ? undefined : fleet.proxies.get(proxyIdOf(workloadKey(meta.namespace, meta.name)));
      if (state !== undefined) dismiss(state);
    }
  }

  /** What is said of a document depends on others. */
  #restateNeighbours(before: Mesh, changes: readonly Change[]): void {
    const { compiler, restate } = this.#options;
    try {
      for (const key of compiler.neighbours(before, this.mesh, changes)) restate(key);
    } catch (error) {
      this.onBug(
        'of which documents something else is to be said',
        error,
        (other) => void compiler.neighbours(before, other, compiler.apply(before, []).changes),
      );
    }
  }

  /** Finds the changes without which the core does not throw; answers what the mesh is to be told instead. */
  #blame(changes: readonly Change[]): readonly ModelEvent[] {
    const bugs = this.#bugs;
    this.#bugs = [];
    const events: ModelEvent[] = [];
    const blamed = new Set<DocumentKey>();
    for (const { error, again } of bugs) {
      const culprit = changes.slice(0, MOST_TRIED).find((change) => this.#isCulprit(change, again));
      if (culprit === undefined || blamed.has(culprit.key)) continue;
      blamed.add(culprit.key);
      this.#fault(culprit.key, error);
      const refusal = { words: `internal error: ${wordsOf(error)}`, proxy: '', at: this.#options.clock.now() };
      const event = this.#options.ward.admit(culprit.key, culprit.before, refusal, false);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #isCulprit(change: Change, again: (mesh: Mesh) => void): boolean {
    const without: ModelEvent = change.before === undefined ? { kind: 'delete', key: change.key } : { kind: 'put', document: change.before };
    try {
      again(this.#options.compiler.apply(this.mesh, [without]).mesh);
      return true;
    } catch {
      return false;
    }
  }

  #fault(key: DocumentKey, error: unknown): void {
    const { documents, log, restate } = this.#options;
    const document = documents.get(key);
    log('error', 'internal error: a document cannot be compiled', { document: key, error: wordsOf(error) });
    if (document !== undefined) this.faults.set(key, diagnostic('WEFT1504', originOf(document, ''), `compiling it failed: ${wordsOf(error)}`));
    restate(key);
  }
}
