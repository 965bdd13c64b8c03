// The control plane put together: documents -> store -> control -> streams, with identity and the management API beside it.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttestorSetting, CONTROL_PLANE_NAME, type SignInSettings } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import { ControlPlane, EdgeLearner, type Machines, machineService } from '../control/index.ts';
import { logOf } from '../envoy/index.ts';
import { Authority, type Bans, type Entrance, type Federation, type OpenSeal, Rotator, type SuppliedText, Tokens } from '../identity/index.ts';
import { EnvoyCheck, findEnvoy, openFixedFolder } from '../machine/index.ts';
import { type Api, adminToken, type CaDesk, Intake, kubeconfig, openApi } from '../manage/index.ts';
import { type TrustDomain, workloadKey } from '../model/index.ts';
import { storeSource } from '../source/index.ts';
import { openSqliteStore, type Store } from '../store/index.ts';
import { type ExportTarget, logDoor, type Metrics, metricsDoor, Records, spanDoor, Taps, Traces } from '../telemetry/index.ts';
import { type GrpcServer, serveGrpc } from '../wire/index.ts';
import { backup } from './backup.ts';
import { banPort } from './bans.ts';
import { caDesk, holdingStore, standingsOf } from './ca.ts';
import { openEntrance } from './entrance.ts';
import { openBundleEndpoint, openFederation, ownBundle, peerViews } from './federation.ts';
import { Health } from './health.ts';
import { issuerInTurn, passedStore, quarantineStore, senderOf, statusSink } from './joints.ts';
import type { Log } from './logger.ts';
import { openMetrics } from './metrics.ts';
import { type OwnPorts, ownPorts } from './own.ts';
import { openMeters, timed } from './own-metrics/meters.ts';
import { askProviders } from './providers.ts';
import { signingIn } from './signing-in.ts';
import { systemTrust } from './system-trust.ts';
import { logRulesOf, overheard, tapPort, tapSenderOf } from './tapping.ts';
import { rememberTrustDomain, settleTrustDomain } from './trust-domain.ts';
import { PAGE_FOLDER, WEFT_VERSION } from './version.ts';

export interface ControlPlaneOptions {
  /** Data folder, made with 0700 when it is not there. */
  readonly directory: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly xds: { readonly host: string; readonly port: number };
  readonly trustDomain?: string;
  /** How people sign in to the management API, beside tokens. */
  readonly signIn?: SignInSettings;
  /** A chain and key of another authority, to sign with instead of a root of its own. */
  readonly ca?: SuppliedText;
  /** The opened seal of the data folder; without it secrets stand there as they are (in tests). */
  readonly seal?: OpenSeal;
  /** What is kept of requests and connections takes no more room than this. Default 256 MiB. */
  readonly recordsBudgetBytes?: number;
  /** The same of spans. Default 256 MiB. */
  readonly tracesBudgetBytes?: number;
  /** Where spans are sent beside. */
  readonly tracesTo?: ExportTarget | undefined;
  /** What is kept of metrics takes no more room than this. Default 256 MiB. */
  readonly metricsBudgetBytes?: number;
  /** Where the counters of all proxies are pushed beside. */
  readonly metricsTo?: ExportTarget | undefined;
  /** Who is asked for metrics instead of what is kept here. */
  readonly prometheus?: { readonly url: string; readonly token?: string } | undefined;
  /** Where other meshes ask for this one's bundle; nowhere when absent. */
  readonly federation?: { readonly host: string; readonly port: number } | undefined;
  /** Who else than the holder of a join token may join. */
  readonly attestors?: readonly AttestorSetting[];
  /** Metrics of the control plane also under the names that dashboards for Istio read; default true. */
  readonly pilotNames?: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningControlPlane extends AsyncDisposable {
  readonly apiUrl: string;
  readonly xdsAddress: string;
  /** A link with which a browser signs in to the dashboard once, as the administrator. */
  signInLink(): string;
  readonly trustDomain: string;
  readonly rootNotAfter: number;
  /** Where other meshes ask for the bundle. */
  readonly federationAddress?: string;
  /** For the process itself: it is not told to anybody. */
  readonly adminToken: string;
  /** True when this start made the root. */
  readonly newRoot: boolean;
}

const GRACE_MS = 1500;
/** An apply waits so long for what Envoy says of it; the status of the document says it in any case. */
const CHECK_MS = 3000;

/** `host:port`, IPv6 in brackets. */
const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Names under which the control plane's certificate is good, beside the one that machines and proxies ask for. */
function certificateNames(hosts: readonly string[]): string[] {
  const wildcard = new Set(['0.0.0.0', '::']);
  return [...new Set([CONTROL_PLANE_NAME, 'localhost', '127.0.0.1', '::1', ...hosts.filter((host) => !wildcard.has(host))])];
}

/** A 0600 file in the data folder, whatever the umask is. */
function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** What `seal` gives to those who keep secrets. */
interface Sealed {
  readonly files?: OpenSeal['files'];
}

interface Parts extends Sealed {
  readonly peers: Federation;
  /** This mesh's own bundle. */
  readonly bundle: () => string;
  readonly store: Store;
  readonly authority: Authority;
  readonly tokens: Tokens;
  readonly entrance: Entrance;
  readonly bans: Bans;
  readonly plane: ControlPlane;
  readonly intake: Intake;
  readonly records: Records;
  readonly taps: Taps;
  readonly traces: Traces;
  readonly metrics: Metrics;
  readonly trustDomain: string;
}

/** Opens everything in the order in which it depends on each other. Throws WeftError with place and remedy; what was opened is closed again. */
export async function openControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { directory, clock, log } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await using opening = new AsyncDisposableStack();
  const sealed: Sealed = options.seal === undefined ? {} : { files: options.seal.files };
  const meters = opening.use(openMeters());
  const store = opening.use(
    openSqliteStore({
      file: join(directory, 'weft.db'),
      clock,
      committed: (ms) => meters.commits.observe(ms),
      ...(options.seal === undefined ? {} : { sealer: options.seal.cipher }),
    }),
  );
  const trustDomain = settleTrustDomain(store, options.trustDomain);
  const leafLifetimeMs = (): number => plane.mesh.config.leafLifetimeMs;
  const authority = Authority.open({ directory, trustDomain, clock, leafLifetimeMs, ...sealed, ...(options.ca === undefined ? {} : { supplied: options.ca }) });
  await rememberTrustDomain(store, options.trustDomain);
  const tokens = await Tokens.open({ directory, store, clock, fingerprints: () => authority.fingerprints, ...sealed });
  const { entrance, bans } = openEntrance({ tokens, store, clock, settings: options.attestors ?? [] });
  const peers = opening.use(openFederation({ store, clock, log }));
  const bundle = ownBundle(store, authority, clock);
  const ports = {
    peers,
    source: storeSource(store),
    authenticator: entrance,
    issuer: timed(issuerInTurn(authority, clock), meters, () => clock.monotonic()),
    systemBundle: systemTrust(),
    status: statusSink(store),
    quarantine: quarantineStore(store),
    passed: passedStore(store),
    holdings: holdingStore(store),
    checker: new EnvoyCheck({ find: () => findEnvoy()?.path }),
    clock,
    log,
  };
  const plane = opening.use(await ControlPlane.open(ports));
  const records = opening.use(openRecords(options, plane, store));
  const metrics = opening.use(openMetrics(options, plane));
  const taps = opening.use(
    new Taps({ clock, log, logs: join(directory, 'access-logs'), tunings: plane.tunings, senderOf: tapSenderOf(plane, store), rulesOf: logRulesOf(plane) }),
  );
  const traces = opening.use(openTraces(options, plane, store));
  const parts: Parts = {
    ...sealed,
    peers,
    bundle,
    store,
    authority,
    tokens,
    entrance,
    bans,
    plane,
    intake: new Intake(store),
    records,
    metrics,
    taps,
    traces,
    trustDomain,
  };
  const health = opening.use(Health.open({ directory, store, clock }));
  const { machines, ...grpc } = await serveProxies(options, parts);
  opening.defer(() => grpc.close(GRACE_MS));
  const rotator = Rotator.open({ authority, clock, log, standings: (roots) => standingsOf(plane, machines, roots) });
  opening.defer(() => rotator.close());
  const providers = askProviders(plane, { clock, log, store, intake: parts.intake });
  opening.defer(() => providers.close());
  const ca = caDesk(authority, rotator, leafLifetimeMs);
  const endpoint = options.federation === undefined ? undefined : await openBundleEndpoint({ ...options.federation, authority, clock, log, bundle });
  if (endpoint !== undefined) opening.defer(() => endpoint.close());
  const api = await serveApi(options, parts, {
    ca,
    xdsAddress: hostPort(options.xds.host, grpc.port),
    own: ownPorts({ ...parts, machines, health, meters, ca, xdsAddress: hostPort(options.xds.host, grpc.port), pilotNames: options.pilotNames ?? true }),
  });
  opening.defer(() => api.close(GRACE_MS));
  opening.defer(announce(options, parts, { api, grpc }));
  const everything = opening.move();
  return {
    apiUrl: api.url,
    signInLink: () => api.signInLink(adminToken(join(directory, 'admin.token'), sealed.files)),
    xdsAddress: hostPort(options.xds.host, grpc.port),
    trustDomain,
    rootNotAfter: authority.rootNotAfter,
    newRoot: authority.created,
    ...(endpoint === undefined ? {} : { federationAddress: hostPort(options.federation?.host ?? '', endpoint.port) }),
    adminToken: adminToken(join(directory, 'admin.token'), sealed.files),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

const RECORDS_BUDGET_BYTES = 256 * 1024 * 1024;
const RECORDS_KEEP_MS = 7 * 24 * 3_600_000;

function openRecords({ directory, log, recordsBudgetBytes = RECORDS_BUDGET_BYTES }: ControlPlaneOptions, plane: ControlPlane, store: Store): Records {
  const senders = senderOf(
    () => plane.mesh,
    () => store.revision,
  );
  return Records.open({ file: join(directory, 'telemetry.db'), budgetBytes: recordsBudgetBytes, keepMs: RECORDS_KEEP_MS, senderOf: senders, log });
}

const TRACES_BUDGET_BYTES = 256 * 1024 * 1024;
const TRACES_KEEP_MS = 3 * 24 * 3_600_000;
/** What a call belongs to has usually come to its end so long after it. */
const TRACES_SETTLE_MS = 5000;

function openTraces({ directory, log, tracesBudgetBytes = TRACES_BUDGET_BYTES, tracesTo }: ControlPlaneOptions, plane: ControlPlane, store: Store): Traces {
  const senders = senderOf(
    () => plane.mesh,
    () => store.revision,
  );
  const limits = { budgetBytes: tracesBudgetBytes, keepMs: TRACES_KEEP_MS, settleMs: TRACES_SETTLE_MS };
  return Traces.open({ directory: join(directory, 'traces'), ...limits, version: WEFT_VERSION, target: tracesTo, senderOf: senders, log });
}

async function serveProxies(
  { xds, clock, log }: ControlPlaneOptions,
  { store, authority, entrance, plane, intake, records, taps, traces, metrics, trustDomain }: Parts,
): Promise<GrpcServer & { readonly machines: Machines }> {
  const machines = machineService({
    tokens: entrance,
    clock,
    log,
    documents: { get: (key) => store.get(key), list: (filter) => store.list(filter), write: (writes, author) => intake.write(writes, author) },
    trustDomain: () => trustDomain as TrustDomain,
    rootPem: () => authority.bundle(),
    left: (proxy) => plane.proxyLeft(proxy),
    seen: (key, generation) => plane.seen(key, generation),
  });
  const edges = new EdgeLearner({
    clock,
    log,
    documents: { get: (key) => store.get(key), write: (writes, author) => intake.write(writes, author) },
    mesh: () => plane.mesh,
  });
  const logs = logDoor({ authenticate: (token) => entrance.authenticate(token), clock, nameOf: logOf, sinks: [edges, overheard(records, taps), taps] });
  const spans = spanDoor({ authenticate: (token) => entrance.authenticate(token), clock, take: (claims, bytes) => traces.take(claims, bytes) });
  const counters = metricsDoor({ authenticate: (token) => entrance.authenticate(token), clock, sink: metrics });
  const names = certificateNames([xds.host]);
  const first = authority.serverCertificate(names);
  const onBug = (path: string, error: unknown): void => log('error', 'a handler failed', { path, error: error instanceof Error ? error.stack : String(error) });
  const server = await serveGrpc({ host: xds.host, port: xds.port, tls: first, services: [plane.ads, machines.service, logs, spans, counters], onBug });
  const stop = authority.keepServerCertificate(names, first, (next) => server.updateTls(next));
  const close = async (graceMs: number): Promise<void> => {
    stop();
    machines.close();
    await server.close(graceMs);
    await edges.close();
  };
  return { port: server.port, updateTls: (tls) => server.updateTls(tls), close, machines };
}

async function serveApi(
  { directory, api, clock, log, signIn, seal }: ControlPlaneOptions,
  { store, authority, tokens, bans, peers, bundle, plane, intake, records, taps, traces, metrics, trustDomain, files }: Parts,
  { ca, xdsAddress, own }: { readonly ca: CaDesk; readonly xdsAddress: string; readonly own: OwnPorts },
): Promise<Api> {
  const names = certificateNames([api.host]);
  const first = authority.serverCertificate(names);
  const server = await openApi({
    token: adminToken(join(directory, 'admin.token'), files),
    host: api.host,
    port: api.port,
    tls: first,
    pageFolder: PAGE_FOLDER,
    // For everybody (SPIFFE Federation §5.2.1.3): public keys, read-only.
    publicRoutes: (app) =>
      void app.get('/weft/v1/bundle', { config: { permission: { kind: 'public', why: 'public keys, for other meshes' } } }, async (_request, reply) =>
        reply.header('content-type', 'application/json').send(bundle()),
      ),
    intake,
    ...signingIn(signIn, { clock, trustDomain, meshPem: () => authority.bundle(), bans }),
    ports: {
      store,
      clock,
      log,
      facts: () => ({ version: WEFT_VERSION, trustDomain, xdsAddress, rootPem: authority.bundle(), rootFingerprint: authority.rootFingerprint }),
      ca,
      counters: () => ({ ...plane.counters }),
      proxies: () => plane.proxies(),
      resources: (id) => (plane.mesh.workloads.get(workloadKey(...splitId(id))) === undefined ? undefined : plane.resources(id)),
      explain: (question) => plane.explain(question),
      records,
      ...own,
      tap: tapPort(taps, plane),
      traces,
      metrics,
      backup: () => backup({ directory, store, clock, ...(seal === undefined ? {} : { sealer: seal.cipher }) }),
      createJoin: (grant) => tokens.createJoin(grant),
      bans: banPort({ bans, store, plane, intake }),
      meshPeers: () => peerViews(peers),
      check: (documents) => plane.preview(documents, CHECK_MS),
      effective: (question) => plane.effective(question),
      fates: (key) => plane.fates(key),
      diagnostics: () => plane.findings(),
      effect: (documents) => plane.effect(documents),
      analyze: (documents) => plane.analyze(documents),
    },
  });
  const stop = authority.keepServerCertificate(names, first, (next) => server.updateTls(next));
  const close = async (graceMs: number): Promise<void> => {
    stop();
    await server.close(graceMs);
  };
  return { ...server, close };
}

function splitId(id: string): [string, string] {
  const slash = id.indexOf('/');
  return [id.slice(0, slash), id.slice(slash + 1)];
}

/** Writes where this control plane is and how to reach it, for the command line of the same user; removed at the end. */
function announce(
  { directory, xds, seal }: ControlPlaneOptions,
  { authority, trustDomain, files }: Parts,
  { api, grpc }: { readonly api: Api; readonly grpc: GrpcServer },
): () => void {
  const where = join(directory, 'control-plane.json');
  const token = adminToken(join(directory, 'admin.token'), files);
  // In clear only while the control plane runs, and beside the data folder: in memory where the system keeps such folders there.
  const credentials = seal === undefined ? directory : openFixedFolder(`up-${seal.install.slice(0, 8)}`);
  const facts = () => ({
    api: api.url,
    xds: hostPort(xds.host, grpc.port),
    pid: process.pid,
    trustDomain,
    rootFingerprint: authority.rootFingerprint,
    version: WEFT_VERSION,
    credentials,
  });
  const url = api.url.replace(/^http:/, 'https:');
  const write = (): void => {
    writePrivate(where, `${JSON.stringify(facts(), null, 2)}\n`);
    writePrivate(join(credentials, 'kubeconfig'), kubeconfig({ url, rootPem: authority.bundle(), token }));
  };
  write();
  const off = authority.onBundle(write);
  if (credentials !== directory) writePrivate(join(credentials, 'admin.token'), `${token}\n`);
  return () => {
    off();
    rmSync(where, { force: true });
    if (credentials !== directory) rmSync(credentials, { recursive: true, force: true });
  };
}
