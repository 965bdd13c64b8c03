import type { ProxyResourceView, ProxyView } from '../api/index.ts';
import type { Resource } from '../envoy/index.ts';
import type { DocumentKey, Mesh, ModelEvent, ProxyId, SpiffeId, WorkloadKey } from '../model/index.ts';
import type { GrpcService } from '../wire/index.ts';
import { type AdmissionLimits, DEFAULT_ADMISSION } from './admission.ts';
import { Ads } from './ads.ts';
import { Agenda } from './agenda.ts';
import { Bundle } from './bundle.ts';
import { CORE, type Compiler } from './compiler.ts';
import { type Counters, newCounters } from './counters.ts';
import { Documents, documentsBehind } from './documents.ts';
import { Endings } from './endings.ts';
import { shortWords } from './envoy-words.ts';
import { ExtensionGate } from './extension-gate.ts';
import { Fleet } from './fleet.ts';
import { type Held, Holdings, NO_STORE } from './holdings.ts';
import { Inbox } from './inbox.ts';
import { readSource } from './intake.ts';
import { type Meters, newMeters } from './meters.ts';
import { NodeAdmissions } from './node-admissions.ts';
import { DEFAULT_PACE, type Pace } from './pacer.ts';
import { Patching } from './patching.ts';
import { Pipeline } from './pipeline.ts';
import type { ControlPorts, ResourceEvent } from './ports.ts';
import { type Standpoint, statementOf } from './programmed.ts';
import { PushTraces } from './push-traces.ts';
import { QuarantineWard } from './quarantine.ts';
import { Questions } from './questions.ts';
import { Reception } from './reception.ts';
import { Returning } from './returning.ts';
import { type Seen, seenOf } from './seen.ts';
import { StatusWriter } from './status.ts';
import { type DocumentTally, Tallies } from './tallies.ts';
import { TlsSteps } from './tls-steps.ts';
import { Trials } from './trials.ts';
import { Trust, type TrustStanding } from './trust.ts';
import { Tunings } from './tuning.ts';
import { Vetting } from './vetting.ts';
import { behindOf, proxyViews, resourceViews } from './views.ts';

export interface ControlOptions {
  readonly pace?: Partial<Pace>;
  readonly admission?: Partial<AdmissionLimits>;
  /** 0 ≤ n < 1, for jitter; Math.random unless a test says otherwise. */
  readonly random?: () => number;
  readonly compiler?: Compiler;
}

const NONE: ReadonlySet<string> = new Set();
/** Stands in place of a proxy's name where none was needed to find out. */
const BEFOREHAND = 'asked before any proxy';

/**
 * The running control plane: reads documents, keeps every proxy's snapshot up to date, serves delta ADS, puts aside what Envoy
 * refuses and tells users in the status of their documents. `open` resolves when the first batch of documents is in force.
 */
export class ControlPlane {
  /** Delta ADS, for wire's server. */
  readonly ads: GrpcService;
  readonly counters: Counters = newCounters();
  /** Times and sizes of what is done. */
  readonly meters: Meters = newMeters();
  readonly questions: Questions;
  /** What proxies are told for a while. */
  readonly tunings: Tunings;
  readonly #ports: ControlPorts;
  readonly #abort = new AbortController();
  readonly #agenda: Agenda;
  readonly #documents = new Documents();
  readonly #turns = new WeakMap<Resource, number>();
  readonly #compiler: Compiler;
  readonly #ward: QuarantineWard;
  readonly #fleet: Fleet;
  readonly #pipeline: Pipeline;
  readonly #trials: Trials;
  readonly #vetting: Vetting;
  readonly #gate: ExtensionGate;
  readonly #steps: TlsSteps;
  readonly #statuses: StatusWriter;
  readonly #endings: Endings;
  readonly #inbox: Inbox;
  readonly #bundle: Bundle;
  readonly #holdings: Holdings;
  readonly #trust: Trust;
  readonly #reception: Reception;
  readonly #server: Ads;
  readonly #returning: Returning;
  readonly #tallies = new Tallies();
  readonly #pushTraces: PushTraces;
  readonly #watchers = new Set<() => void>();
  #reading: Promise<void> = Promise.resolve();
  #ready = false;

  private constructor(ports: ControlPorts, options: ControlOptions) {
    this.#ports = ports;
    const { clock, log, issuer } = ports;
    const random = options.random ?? Math.random;
    this.#compiler = options.compiler ?? CORE;
    this.#agenda = new Agenda(clock);
    this.#pushTraces = new PushTraces(clock, ports.pushed);
    this.#ward = new QuarantineWard(ports, this.#documents);
    const turn = (): number => this.#documents.turn;
    const shared = {
      compiler: this.#compiler,
      counters: this.counters,
      meters: this.meters,
      turns: this.#turns,
      clock,
      log,
      documents: this.#documents,
      ward: this.#ward,
    };
    this.#vetting = new Vetting({ ...ports, refused: (key, words) => this.#unfit(key, words), restate: (key) => this.#statuses.touch(key) });
    const patching = new Patching({
      vetting: this.#vetting,
      turns: this.#turns,
      turn,
      restate: (key) => this.#statuses.touch(key),
      announce: () => this.#fleet.announce(),
    });
    this.#fleet = new Fleet({
      ...shared,
      turn,
      patching,
      nodes: ports.nodes ?? new NodeAdmissions(),
      onBug: (...bug) => this.#pipeline.onBug(...bug),
      onDangling: (...found) => this.#pipeline.onDangling(...found),
      onResolved: (resource) => this.#pipeline.onResolved(resource),
    });
    this.#endings = new Endings({ clock, policyOf: (key) => this.mesh.policies.get(key), restate: (key) => this.#statuses.touch(key) });
    this.#statuses = new StatusWriter(ports, (key) => statementOf(key, this.#standpoint()));
    this.#pipeline = new Pipeline({
      ...shared,
      fleet: this.#fleet,
      restate: (key) => {
        this.#statuses.touch(key);
        this.#endings.look(key);
      },
      dismiss: (state) => this.#reception.dismiss(state),
    });
    this.#gate = new ExtensionGate({ vetting: this.#vetting, documents: this.#documents, release: (event) => this.#run([event]) });
    this.#steps = new TlsSteps({
      clock,
      inForce: (key) => this.mesh.documents.get(key),
      behind: () => behindOf(this.#fleet.proxies.values()),
      release: (event) => this.#run([event]),
    });
    this.#trials = new Trials({ ...shared, fleet: this.#fleet, rebuild: (events) => this.#run(events) });
    this.#inbox = new Inbox({
      ...shared,
      pace: { ...DEFAULT_PACE, ...options.pace },
      traces: this.#pushTraces,
      told: (key, event) => {
        if (event.kind === 'delete') this.#vetting.forget(key);
        this.#statuses.shown(key, event.kind === 'put' ? event.document : undefined);
      },
      admit: (key, event) => this.#admit(key, event),
      run: (events) => this.#run(events),
    });
    this.questions = new Questions({ ports, mesh: () => this.mesh, fleet: this.#fleet, ward: this.#ward, standpoint: () => this.#standpoint() });
    this.#bundle = new Bundle(ports, () => {
      for (const state of this.#fleet.proxies.values()) this.#bundle.giveTo(state);
      this.#fleet.announce();
    });
    this.#returning = new Returning(clock, () => {
      for (const key of this.#documents.keys()) this.#statuses.touch(key);
    });
    this.#holdings = new Holdings(ports.holdings ?? NO_STORE);
    this.#trust = new Trust({
      issuer,
      shutOut: ports.shutOut,
      clock,
      agenda: this.#agenda,
      fleet: this.#fleet,
      bundle: this.#bundle,
      holdings: this.#holdings,
      mesh: () => this.mesh,
    });
    const certificates = { issuer, clock, agenda: this.#agenda, holdings: this.#holdings, log, random };
    this.tunings = new Tunings(clock, log);
    const limits = { ...DEFAULT_ADMISSION, ...options.admission };
    this.#reception = new Reception({
      ...shared,
      mesh: () => this.mesh,
      ready: () => this.#ready,
      fleet: this.#fleet,
      trials: this.#trials,
      bundle: this.#bundle,
      standing: () => this.#trust.standing,
      holdings: this.#holdings,
      agenda: this.#agenda,
      restate: (key) => this.#statuses.touch(key),
      settle: (resource) => this.#settle(resource),
      moved: () => this.#steps.look(),
      arrived: (state) => this.#returning.arrived(state.id),
    });
    this.#server = new Ads(this.#reception, {
      ...ports,
      agenda: this.#agenda,
      counters: this.counters,
      meters: this.meters,
      tunings: this.tunings,
      certificates,
      random,
      limits,
    });
    this.ads = this.#server.service;
  }

  /** Starts reading the source; resolves when its first batch is in force. Rejects with the signal's reason when that aborts first. */
  static async open(ports: ControlPorts, options: ControlOptions & { readonly signal?: AbortSignal } = {}): Promise<ControlPlane> {
    const plane = new ControlPlane(ports, options);
    await new Promise<void>((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      plane.#read(resolve);
    });
    return plane;
  }

  get mesh(): Mesh {
    return this.#pipeline.mesh;
  }

  /** `changed` is called, with nothing in between, whenever another mesh is in force; until the returned function is. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  proxies(): readonly ProxyView[] {
    return proxyViews(this.mesh, this.#fleet, this.#ward);
  }

  /** What a connected proxy should hold, decoded; empty when it is not known here. */
  resources(proxy: string): readonly ProxyResourceView[] {
    return resourceViews(this.#fleet.proxies.get(proxy as ProxyId));
  }

  /** What every proxy trusts and has, for a change of roots. */
  trustStandings(): readonly TrustStanding[] {
    return this.#trust.standings();
  }

  /** A proxy of a replica that is gone may have these certificates. */
  proxyHolds(proxy: ProxyId, held: Held): void {
    for (const [authority, notAfter] of Object.entries(held))
      this.#holdings.given(proxy, authority, Math.max(notAfter, this.#holdings.of(proxy)[authority] ?? 0));
  }

  /** How many proxies here run which document, for the other replicas: what changed after a turn. */
  talliesSince(turn: number): ReturnType<Tallies['since']> {
    return this.#tallies.since(turn);
  }

  /** What another replica counts; undefined when it is gone. */
  talliesOf(replica: string, told: readonly DocumentTally[] | undefined): void {
    const keys = told === undefined ? this.#tallies.left(replica) : this.#tallies.heard(replica, told);
    for (const key of keys) this.#statuses.touch(key);
  }

  /** A proxy has ended in order: its certificate went with it. */
  proxyLeft(proxy: ProxyId): void {
    this.#holdings.forget(proxy);
  }

  /** The last things Envoy said of a document, or undefined when it is not in quarantine. */
  quarantineOf(key: DocumentKey): { readonly words: string; readonly proxy: string; readonly at: number } | undefined {
    return this.#ward.get(key);
  }

  /** Numbers for tests and benchmarks: what is kept now. */
  get sizes(): { readonly proxies: number; readonly groups: number; readonly entries: number; readonly waiting: number } {
    return { proxies: this.#fleet.proxies.size, groups: this.#fleet.groups, entries: this.#fleet.catalog.size, waiting: this.#server.admission.waiting };
  }

  /**
   * Of the connected proxies that have endpoints of this workload, how many run its present state. Nobody has seen a generation
   * that has not reached the mesh yet.
   */
  seen(key: DocumentKey, generation: number): Seen {
    const current = !this.#inbox.holds(key) && (this.#documents.get(key)?.metadata.generation ?? 0) >= generation;
    const { seen, total } = seenOf(this.mesh, this.#fleet, key);
    return { seen: current ? seen : 0, total };
  }

  /** Ends the streams of proxies that are not welcome any more; how many there were. Whether they may come back is the authenticator's decision. */
  expel(unwelcome: (proxy: { readonly workload: WorkloadKey; readonly identity: SpiffeId }) => boolean, words: string): number {
    return this.#reception.expel(unwelcome, words);
  }

  /** Ends reading, streams are left to the server that carries them. Resolves when nothing of it runs any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#server.close();
    this.#vetting.close();
    this.#inbox.close();
    this.#statuses.close();
    this.#endings.close();
    this.#steps.close();
    this.#bundle.close();
    this.#trust.close();
    this.#agenda.close();
    this.tunings.close();
    this.#pushTraces.close();
    await this.#ward.saved();
    await this.#reading;
  }

  #read(ready: () => void): void {
    const { source, clock, log } = this.#ports;
    const take = (events: readonly ResourceEvent[]): void => {
      this.#inbox.take(events);
      if (this.#ready) return;
      this.#inbox.push();
      this.#inbox.pace();
      this.#returning.expect(this.proxies().map((proxy) => proxy.id as ProxyId));
      this.#ready = true;
      ready();
    };
    this.#reading = readSource({ source, clock, log, known: () => this.#documents.keys(), take }, this.#abort.signal);
  }

  /** What of an event may go into the mesh now: what is put aside is replaced, what Envoy or callers must be asked for first waits. */
  #admit(key: DocumentKey, event: ResourceEvent): ModelEvent | undefined {
    this.#pipeline.faults.delete(key);
    const admitted = this.#gate.admit(this.#ward.substitute(key, event));
    this.#statuses.touch(key);
    return admitted === undefined || !this.#ready ? admitted : this.#steps.admit(admitted);
  }

  #run(events: readonly ModelEvent[]): void {
    const before = this.mesh;
    try {
      this.#pipeline.run(events);
    } catch (error) {
      this.#pipeline.onBug('a change of the mesh', error, () => {});
    }
    if (this.mesh !== before) for (const changed of this.#watchers) changed();
    this.#steps.look();
  }

  /** Costs the documents behind the resource or those that wait for something, whichever are fewer: a table can be made of thousands. */
  #settle(resource: Resource): void {
    const { unsettled } = this.#statuses;
    const name = `${resource.type} ${resource.name}`;
    const waiting = unsettled.size > resource.origins.length ? documentsBehind(resource).filter((key) => unsettled.has(key)) : unsettled;
    for (const key of waiting) for (const entry of this.#fleet.entriesOfDocument(key)) if (entry.served.has(name)) this.#statuses.touch(key);
    // Laid over the entries, or in what is a proxy's own, so they do not show there; those that wait are few.
    for (const key of this.#statuses.waitingExtensions) this.#statuses.touch(key);
  }

  /** Envoy refused, before any proxy saw it, what the document makes: it is put aside like one that a proxy refused. */
  #unfit(key: DocumentKey, words: string): void {
    const document = this.#documents.get(key);
    if (document === undefined || this.#ward.get(key) !== undefined) return;
    const waited = this.#gate.holds(key);
    this.#gate.refused(key);
    // What waits at the door is not in the mesh: what is there is its last good content.
    const lastGood = waited ? this.mesh.documents.get(key) : this.#documents.lastGood(key, 0, document);
    const event = this.#ward.admit(key, lastGood, { words: shortWords(words), proxy: BEFOREHAND, at: this.#ports.clock.now() });
    this.#statuses.touch(key);
    if (event !== undefined) this.#run([event]);
  }

  #standpoint(): Standpoint {
    return {
      moot: this.#ports.moot ?? NONE,
      mesh: this.mesh,
      documents: this.#documents,
      ward: this.#ward,
      fleet: this.#fleet,
      compiler: this.#compiler,
      vetting: this.#vetting,
      waits: (key) => this.#gate.holds(key) || this.#steps.holds(key),
      faults: this.#pipeline.faults,
      settling: this.#returning.expected,
      tallies: this.#tallies,
      now: this.#ports.clock.now(),
    };
  }
}
