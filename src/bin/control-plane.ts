// The control plane put together: documents -> store -> control -> streams, with identity and the management API beside it.
import { join } from 'node:path';
import { ControlPlane, type PushTrace } from '../control/index.ts';
import { Authority, Rotator, Tokens } from '../identity/index.ts';
import { KubeClient } from '../kube/index.ts';
import { EnvoyCheck, findEnvoy } from '../machine/index.ts';
import { adminToken, Intake, installedRevisions } from '../manage/index.ts';
import type { Document } from '../model/index.ts';
import { storeSource } from '../source/index.ts';
import { makeFolder, openSqliteStore } from '../store/index.ts';
import { Arrivals, type OwnSpan, Taps } from '../telemetry/index.ts';
import { announce } from './announce.ts';
import { followBans, shutOut } from './bans.ts';
import { caDesk, holdingStore, standingsOf } from './ca.ts';
import { followCollectors, MOOT_WITH_LOGS_TO } from './collectors.ts';
import { openEntrance } from './entrance.ts';
import { openBundleEndpoint, openFederation, ownBundle } from './federation.ts';
import { Health } from './health.ts';
import { issuerInTurn, passedStore, quarantineStore, statusSink } from './joints.ts';
import { openRecords, openTraces } from './keepers.ts';
import { openCluster } from './kubernetes/cluster.ts';
import { openLeadership } from './kubernetes/leadership.ts';
import { writingsOf } from './kubernetes/writings.ts';
import { openMetrics } from './metrics.ts';
import { openAdmissions, servedOf } from './nodes.ts';
import { ownPorts } from './own.ts';
import { openMeters, timed } from './own-metrics/meters.ts';
import { type ControlPlaneOptions, hostPort, type Parts, type Sealed } from './parts.ts';
import { askProviders } from './providers.ts';
import { pushSpans } from './push-spans.ts';
import { openCommon, peerUrl, replicasOf } from './replicas/open.ts';
import { SharedAuthority } from './replicas/shared-authority.ts';
import { serveApi } from './serve-api.ts';
import { serveProxies } from './serve-proxies.ts';
import { systemTrust } from './system-trust.ts';
import { logRulesOf, tapSenderOf } from './tapping.ts';
import { rememberTrustDomain, settleTrustDomain } from './trust-domain.ts';
import { WEFT_VERSION } from './version.ts';
import { openWebhooks } from './webhooks/open.ts';

export type { ControlPlaneOptions } from './parts.ts';

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

/** Opens everything in the order in which it depends on each other. Throws WeftError with place and remedy; what was opened is closed again. */
export async function openControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { directory, clock, log } = options;
  makeFolder(directory);
  await using opening = new AsyncDisposableStack();
  const sealed: Sealed = options.seal === undefined ? {} : { files: options.seal.files };
  const meters = opening.use(openMeters());
  const local = opening.use(
    openSqliteStore({
      file: join(directory, 'weft.db'),
      clock,
      committed: (ms) => meters.commits.observe(ms),
      ...(options.seal === undefined ? {} : { sealer: options.seal.cipher }),
    }),
  );
  const trustDomain = settleTrustDomain(local, options.trustDomain);
  const leafLifetimeMs = (): number => plane.mesh.config.leafLifetimeMs;
  const authorityOptions = { directory, trustDomain, clock, leafLifetimeMs, ...sealed, ...(options.ca === undefined ? {} : { supplied: options.ca }) };
  const client = options.kubernetes === undefined ? undefined : opening.use(new KubeClient(options.kubernetes.config));
  const shared = client === undefined ? undefined : opening.use(await SharedAuthority.open({ client, authority: authorityOptions, log }));
  const authority = shared?.authority ?? Authority.open(authorityOptions);
  await rememberTrustDomain(local, options.trustDomain);
  const common = client === undefined ? undefined : await openCommon({ client, store: local, log }, opening);
  const store = common?.store ?? local;
  const tokens = await Tokens.open({ directory, store, clock, fingerprints: () => authority.fingerprints, ...sealed });
  const cluster = client === undefined ? undefined : opening.use(openCluster({ client, store: local, trustDomain, clock, log }));
  const { entrance, bans } = openEntrance({ tokens, store, clock, settings: options.attestors ?? [], pods: cluster?.podTokens });
  const peers = opening.use(openFederation({ store, clock, log }));
  const bundle = ownBundle(store, authority, clock);
  const nodes = await openAdmissions(store);
  const ports = {
    peers,
    nodes,
    source: storeSource(store),
    authenticator: entrance,
    issuer: timed(issuerInTurn(authority, clock), meters, () => clock.monotonic()),
    systemBundle: systemTrust(),
    status: statusSink(store),
    quarantine: quarantineStore(store),
    passed: passedStore(store),
    holdings: holdingStore(store),
    shutOut: shutOut(bans, trustDomain),
    ...(options.logsTo === undefined ? {} : { moot: MOOT_WITH_LOGS_TO }),
    checker: new EnvoyCheck({ find: () => findEnvoy()?.path }),
    // traces are opened with the plane: what was pushed before is of the start
    pushed: (push: PushTrace): void => own?.(pushSpans(push)),
    clock,
    log,
  };
  let own: ((spans: readonly OwnSpan[]) => void) | undefined;
  const plane = opening.use(await ControlPlane.open(ports));
  const admin = (): string => adminToken(join(directory, 'admin.token'), sealed.files);
  const replicas =
    client === undefined ? undefined : opening.use(replicasOf(options, { client, plane, store, authority, leafLifetimeMs, token: admin, clock, log }));
  if (cluster !== undefined) {
    const { revision = '', leaseTimes, webhooks, gateways } = options.kubernetes ?? {};
    const mapsKept = (bundle: string): void => replicas?.mapsKept(bundle);
    const writings = writingsOf({ cluster, plane, store, authority, webhooks, gateways, mapsKept, revision, log });
    opening.use(openLeadership({ client: cluster.client, revision, writings, times: leaseTimes, log }));
  }
  const records = opening.use(openRecords(options, plane, store));
  const arrivals = new Arrivals();
  const metrics = opening.use(openMetrics(options, plane, arrivals));
  const taps = opening.use(
    new Taps({
      clock,
      log,
      logs: join(directory, 'access-logs'),
      version: WEFT_VERSION,
      target: options.logsTo,
      tunings: plane.tunings,
      senderOf: tapSenderOf(plane, store),
      rulesOf: logRulesOf(plane),
      served: (claims) => servedOf(plane.mesh, claims),
    }),
  );
  const traces = opening.use(openTraces(options, plane, store));
  own = (spans) => traces.own(spans);
  const given = { metrics: options.metricsTo, traces: options.tracesTo, logs: options.logsTo };
  const collectors = followCollectors({ plane, log, given, traces, metrics, taps });
  opening.defer(() => collectors.close());
  const parts: Parts = {
    ...sealed,
    cluster,
    peers,
    bundle,
    store,
    authority,
    tokens,
    entrance,
    bans,
    plane,
    intake: new Intake(store, { clock, mirrored: cluster !== undefined }),
    records,
    metrics,
    arrivals,
    collectors,
    taps,
    traces,
    nodes,
    trustDomain,
    replicas,
  };
  if (common !== undefined) opening.defer(followBans(common.values, { ...parts, clock }));
  const health = opening.use(Health.open({ directory, store, clock }));
  const { machines, ...grpc } = await serveProxies(options, parts);
  opening.defer(() => grpc.close(GRACE_MS));
  const rotator = Rotator.open({
    ...{ authority, clock, log },
    standings: (roots) => replicas?.standings(roots) ?? standingsOf(plane, machines, roots),
    ...(shared === undefined ? {} : { commit: (state) => shared.commit(state), settleMs: options.kubernetes?.replicaTimes?.settleMs }),
  });
  opening.defer(() => rotator.close());
  const providers = askProviders(plane, { clock, log, store, intake: parts.intake });
  opening.defer(() => providers.close());
  const ca = caDesk(authority, rotator, leafLifetimeMs);
  const endpoint = options.federation === undefined ? undefined : await openBundleEndpoint({ ...options.federation, authority, clock, log, bundle });
  if (endpoint !== undefined) opening.defer(() => endpoint.close());
  const api = await serveApi(options, parts, {
    ca,
    xdsAddress: hostPort(options.xds.host, grpc.port),
    own: ownPorts({
      ...parts,
      machines,
      health,
      meters,
      ca,
      xdsAddress: hostPort(options.xds.host, grpc.port),
      pilotNames: options.pilotNames ?? true,
      unready: () => (cluster?.mirror.listed === false ? ['kubernetes'] : []),
    }),
  });
  opening.defer(() => api.close(GRACE_MS));
  replicas?.begin(peerUrl(options, api.url), machines);
  opening.defer(announce(options, parts, { api, grpc }));
  const webhooks = options.kubernetes?.webhooks;
  if (webhooks !== undefined && cluster !== undefined) {
    const asked = { settings: webhooks, authority, store, analyze: (documents: readonly Document[]) => plane.questions.analyze(documents), clock, log };
    const told = {
      revisions: () => installedRevisions(plane.mesh),
      answered: meters.webhooks.answered.bind(meters.webhooks),
      handshakeFailed: () => meters.webhooks.handshakeFailed(),
    };
    opening.use(await openWebhooks({ ...asked, ...told }));
  }
  const everything = opening.move();
  return {
    apiUrl: api.url,
    signInLink: () => api.signInLink(admin()),
    xdsAddress: hostPort(options.xds.host, grpc.port),
    trustDomain,
    rootNotAfter: authority.rootNotAfter,
    newRoot: authority.created,
    ...(endpoint === undefined ? {} : { federationAddress: hostPort(options.federation?.host ?? '', endpoint.port) }),
    adminToken: admin(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}
