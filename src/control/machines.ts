import {
  CONTROL_PLANE_NAME,
  type JoinReply,
  JoinRequestSchema,
  LeaveRequestSchema,
  MACHINE_SERVICE,
  type RenewReply,
  RenewRequestSchema,
  type ReportReply,
  ReportRequestSchema,
} from '../api/index.ts';
import { bootstrap } from '../compile/index.ts';
import { type Document, type DocumentKey, type ProxyId, proxyIdOf, type SpiffeId, spiffeId, type WorkloadKey, workloadKey } from '../model/index.ts';
import { type CallInfo, fingerprintsOf, type GrpcService } from '../wire/index.ts';
import {
  checkGateway,
  checkNode,
  checkService,
  serviceDocument,
  serviceDocumentKey,
  workloadDocument,
  workloadDocumentKey,
  workloadLabels,
} from './machines-documents.ts';
import { machineError } from './machines-errors.ts';
import { Leases } from './machines-leases.ts';
import { checked, json, parse } from './machines-messages.ts';
import type { MachineGrant, MachineOptions, MachinePorts, MachineTokens } from './machines-ports.ts';
import { checkFree, isLeased, keyOf, writeJoined, writeReport, written } from './machines-writing.ts';

const DEFAULT_LEASE_MS = 30_000;
/** A proxy token is replaced once less than this is left of its hour, so a token file changes twice an hour, not at every Renew. */
const FRESH_MS = 30 * 60 * 1000;
const WORKLOAD = 'weft.dev/Workload';

interface SignedIn {
  readonly key: DocumentKey;
  readonly workload: WorkloadKey;
  readonly proxy: ProxyId;
  readonly id: SpiffeId;
  readonly token: string;
  readonly expiresAt: number;
}

/** The control plane's side of the machine protocol. `open` starts the leases of workloads that a process before this one left. */
export class Machines {
  readonly service: GrpcService;
  readonly #ports: MachinePorts;
  readonly #leaseMs: number;
  readonly #leases: Leases;
  readonly #trusts = new Map<WorkloadKey, readonly string[]>();
  readonly #clocks = new Map<WorkloadKey, number>();
  readonly #refused = new Map<string, { count: number; last: number }>();

  private constructor(ports: MachinePorts, options: MachineOptions) {
    this.#ports = ports;
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.#leases = new Leases(ports.clock, this.#leaseMs, (key) => void this.#expire(key));
    this.service = {
      name: MACHINE_SERVICE,
      methods: {
        Join: json((request, call) => this.#join(request, call)),
        Renew: json((request, call) => this.#renew(request, call)),
        Report: json((request, call) => this.#report(request, call)),
        Leave: json((request, call) => this.#leave(request, call)),
      },
    };
  }

  static open(ports: MachinePorts, options: MachineOptions = {}): Machines {
    const machines = new Machines(ports, options);
    for (const document of ports.documents.list({ kind: WORKLOAD }).documents) {
      if (isLeased(document)) machines.#leases.renew(keyOf(document));
    }
    return machines;
  }

  /** Fingerprints of the roots that a workload's machine recognises this control plane by, as it said last; undefined before. */
  trusts(workload: WorkloadKey): readonly string[] | undefined {
    return this.#trusts.get(workload);
  }

  /** By how much clocks of machines differ from ours, ms, as they said last; above 0: theirs is ahead. */
  get clocks(): ReadonlyMap<WorkloadKey, number> {
    return this.#clocks;
  }

  /** Attempts to join that were refused for what they showed, by reason: `expired`, `used`, … */
  get refusedJoins(): ReadonlyMap<string, { readonly count: number; readonly last: number }> {
    return this.#refused;
  }

  /** A machine keeps a lease for this workload. */
  leased(workload: WorkloadKey): boolean {
    const [namespace = '', name = ''] = workload.split('/');
    return this.#leases.has(workloadDocumentKey(namespace, name));
  }

  /** Workloads whose lease is kept here, by the keys of their documents. */
  get leases(): readonly DocumentKey[] {
    return this.#leases.keys();
  }

  /** Begins a full lease for every workload that joined and whose lease nobody keeps, as after a restart. */
  takeOver(kept: (key: DocumentKey) => boolean): void {
    for (const document of this.#ports.documents.list({ kind: WORKLOAD }).documents) {
      const key = keyOf(document);
      if (isLeased(document) && !this.#leases.has(key) && !kept(key)) this.#leases.renew(key);
    }
  }

  /** Stops watching leases; documents stay as they are, for the process after this one. */
  close(): void {
    this.#leases.close();
  }

  async #join(body: unknown, call: CallInfo): Promise<JoinReply> {
    const { peer } = call;
    const { tokens } = this.#ports;
    if (tokens.admit?.(peer) === false) throw machineError('too-many', 'too many attempts to join from this address: try again in a second');
    const request = parse(JoinRequestSchema, body);
    const node = request.node === 'served' ? await this.#nodeOf(call) : undefined;
    const grant = this.#granted(await tokens.verifyJoin(request.token, request.attestor));
    const labels = workloadLabels(request, grant);
    const service = this.#ports.documents.get(serviceDocumentKey(grant.namespace, request.service));
    if (request.gateway === true) checkGateway(request, grant);
    else if (request.node === 'proxy') checkNode(request, grant);
    else checkService(request, grant, labels, service);
    const workload = checked(workloadDocument(request, grant, { labels, node }));
    checkFree(this.#ports.documents, workload);
    const refusal = tokens.refusal?.(grant.namespace, workload.metadata.name, grant.serviceAccount);
    if (refusal !== undefined) throw machineError('not-allowed', refusal);
    const application = request.gateway !== true && request.node !== 'proxy';
    const make = service === undefined && request.createService && application ? checked(serviceDocument(request, grant.namespace, labels)) : undefined;
    // Spent only now: a mistake in the flags should not cost a token.
    this.#granted(await tokens.redeemJoin(request.token, request.attestor));
    tokens.joined?.(peer, request.attestor);
    const key = workloadKey(grant.namespace, workload.metadata.name);
    if (node !== undefined) await this.#ports.nodes?.admit(key, { node, account: `${grant.namespace}/${grant.serviceAccount}` });
    const made = await writeJoined(this.#ports.documents, workload, make);
    this.#leases.end(keyOf(workload));
    this.#leases.renew(keyOf(workload));
    const identity = spiffeId(this.#ports.trustDomain(), grant.namespace, grant.serviceAccount);
    const claims = { proxy: proxyIdOf(key), workload: key, id: identity };
    const rootPem = this.#ports.rootPem();
    if (request.envoy.trustResource !== undefined) this.#trusts.set(key, fingerprintsOf(rootPem));
    const proxyToken = (await this.#ports.tokens.issueProxy(claims)).token;
    this.#ports.log('info', 'machine joined', {
      workload: key,
      identity,
      address: request.address,
      capture: request.capture.mode,
      ...(node === undefined ? {} : { node }),
      envoy: request.envoy.version,
    });
    return {
      workload: key,
      identity,
      proxyToken,
      ...this.#periods(),
      bootstrap: bootstrap({
        proxy: claims.proxy,
        zone: request.zone,
        rootPem,
        controlPlaneName: CONTROL_PLANE_NAME,
        envoy: request.envoy,
      }),
      rootPem,
      createdService: made ? `${grant.namespace}/${request.service}` : '',
    };
  }

  /** The node whose token came with the call. Throws when it is none. */
  async #nodeOf(call: CallInfo): Promise<WorkloadKey> {
    const who = await this.#signedIn(call);
    const document = await this.#present(who);
    if (document.spec['node'] === true && this.#ports.nodes !== undefined) return who.workload;
    throw machineError('not-allowed', `${who.workload} is no node: applications are joined for by weft node`);
  }

  #granted(result: Awaited<ReturnType<MachineTokens['redeemJoin']>>): MachineGrant {
    if (result.ok) return result.value;
    const { code, message } = result.error;
    this.#refused.set(code, { count: (this.#refused.get(code)?.count ?? 0) + 1, last: this.#ports.clock.now() });
    throw machineError('not-signed-in', message, { details: { reason: code } });
  }

  async #renew(body: unknown, call: CallInfo): Promise<RenewReply> {
    const { trusts, now } = parse(RenewRequestSchema, body);
    const who = await this.#signedIn(call, true);
    await this.#present(who);
    this.#leases.renew(who.key);
    if (trusts !== undefined) this.#trusts.set(who.workload, trusts);
    if (now !== undefined) this.#clocks.set(who.workload, now - this.#ports.clock.now());
    const fresh = who.expiresAt - this.#ports.clock.now() > FRESH_MS;
    const proxyToken = fresh ? who.token : (await this.#ports.tokens.issueProxy(who)).token;
    return { proxyToken, rootPem: this.#ports.rootPem(), ...this.#periods() };
  }

  async #report(body: unknown, call: CallInfo): Promise<ReportReply> {
    const request = parse(ReportRequestSchema, body);
    const who = await this.#signedIn(call);
    const workload = await writeReport(this.#ports.documents, { workload: who.workload, present: () => this.#present(who) }, request);
    this.#leases.renew(who.key);
    return this.#ports.seen(who.key, workload.metadata.generation ?? 0);
  }

  async #leave(body: unknown, call: CallInfo): Promise<Record<string, never>> {
    parse(LeaveRequestSchema, body);
    const who = await this.#signedIn(call);
    this.#leases.end(who.key);
    this.#trusts.delete(who.workload);
    this.#clocks.delete(who.workload);
    await this.#ports.nodes?.forget(who.workload);
    this.#ports.left?.(who.proxy);
    const document = this.#ports.documents.get(who.key);
    // Leaving twice, or after the document was deleted by hand, is leaving.
    if (document !== undefined && isLeased(document)) await this.#ports.documents.write([{ kind: 'delete', key: who.key }], `machine ${who.workload}`);
    this.#ports.log('info', 'machine left', { workload: who.workload });
    return {};
  }

  async #signedIn(call: CallInfo, lapsed = false): Promise<SignedIn> {
    const { token } = call;
    const { tokens } = this.#ports;
    const read = lapsed && tokens.authenticateLapsed !== undefined ? tokens.authenticateLapsed.bind(tokens) : tokens.authenticate.bind(tokens);
    const claims = token === undefined ? undefined : await read(token);
    if (token === undefined || claims === undefined) {
      throw machineError(
        'not-signed-in',
        token === undefined
          ? 'a proxy token is needed in authorization: Bearer'
          : 'the proxy token is not valid, or has expired: join again with a new join token',
      );
    }
    const [namespace = '', name = ''] = claims.workload.split('/');
    return { ...claims, token, key: workloadDocumentKey(namespace, name) };
  }

  /** The workload's document; one whose lease ended a moment ago is put back, because its machine evidently lives. */
  async #present(who: SignedIn): Promise<Document> {
    const document = this.#ports.documents.get(who.key);
    if (document !== undefined) return document;
    const before = this.#leases.recall(who.key);
    if (before === undefined)
      throw machineError('workload-gone', `the workload ${who.workload} is not there any more (it left, was deleted, or its lease ended): it must join again`);
    await this.#ports.documents.write([{ kind: 'put', document: before, expect: 'absent' }], `machine ${who.workload}`);
    this.#ports.log('info', 'machine came back after its lease had ended', { workload: who.workload });
    this.#leases.end(who.key);
    this.#leases.renew(who.key);
    return this.#ports.documents.get(who.key) ?? before;
  }

  async #expire(key: DocumentKey): Promise<void> {
    const document = this.#ports.documents.get(key);
    if (document === undefined || !isLeased(document)) return;
    // Its machine renews at another replica now, and tells there what it has stored.
    if (this.#ports.leasedElsewhere?.(key) === true) {
      const moved = workloadKey(document.metadata.namespace, document.metadata.name);
      this.#trusts.delete(moved);
      this.#clocks.delete(moved);
      return;
    }
    const workload = `${document.metadata.namespace}/${document.metadata.name}`;
    this.#leases.remember(key, written(document));
    this.#clocks.delete(workloadKey(document.metadata.namespace, document.metadata.name));
    try {
      await this.#ports.documents.write([{ kind: 'delete', key }], 'lease');
      this.#ports.log('warn', 'workload removed: its lease ended', { workload, leaseMs: this.#leaseMs });
      // It renewed while it was being removed.
      if (this.#leases.has(key)) await this.#ports.documents.write([{ kind: 'put', document: written(document), expect: 'absent' }], `machine ${workload}`);
    } catch (error) {
      this.#ports.log('error', 'a workload whose lease ended could not be removed; it is tried again', {
        workload,
        error: error instanceof Error ? error.message : String(error),
      });
      this.#leases.renew(key);
    }
  }

  #periods(): { readonly renewAfterMs: number; readonly leaseMs: number } {
    return { renewAfterMs: Math.floor(this.#leaseMs / 3), leaseMs: this.#leaseMs };
  }
}

/** The machine protocol over these ports: register `.service` with the gRPC server, `close()` it with the process. */
export function machineService(ports: MachinePorts, options: MachineOptions = {}): Machines {
  return Machines.open(ports, options);
}
