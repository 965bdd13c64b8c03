// The management API, joined with everything it answers about.
import { join } from 'node:path';
import { type Api, adminToken, type CaDesk, openApi } from '../manage/index.ts';
import { workloadKey } from '../model/index.ts';
import { backup } from './backup.ts';
import { banPort } from './bans.ts';
import { peerViews } from './federation.ts';
import type { OwnPorts } from './own.ts';
import { type ControlPlaneOptions, certificateNames, type Parts } from './parts.ts';
import { signingIn } from './signing-in.ts';
import { tapPort } from './tapping.ts';
import { PAGE_FOLDER, WEFT_VERSION } from './version.ts';

/** An apply waits so long for what Envoy says of it; the status of the document says it in any case. */
const CHECK_MS = 3000;

export async function serveApi(
  { directory, api, clock, log, signIn, seal }: ControlPlaneOptions,
  { store, authority, tokens, bans, peers, bundle, plane, intake, records, taps, traces, metrics, collectors, trustDomain, cluster, replicas, files }: Parts,
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
      explain: (question) => plane.questions.explain(question),
      records,
      ...own,
      tap: tapPort(taps, plane),
      traces,
      metrics,
      beside: async () => ({ collectors: await collectors.views(), lines: taps.written().lost }),
      backup: () => backup({ directory, store, clock, ...(seal === undefined ? {} : { sealer: seal.cipher }) }),
      createJoin: (grant) => tokens.createJoin(grant),
      bans: banPort({ bans, store, plane, intake, clock, shared: replicas !== undefined }),
      meshPeers: () => peerViews(peers),
      ...(replicas === undefined ? {} : { replica: replicas }),
      check: (documents) => plane.questions.preview(documents, CHECK_MS),
      effective: (question) => plane.questions.effective(question),
      fates: (key) => plane.questions.fates(key),
      diagnostics: async () => [...(await plane.questions.findings()), ...[...(cluster?.mirror.problems.values() ?? [])].flat()],
      ...(cluster === undefined ? {} : { unheard: () => cluster.mirror.troubles.map(({ type, problem }) => ({ type, words: problem.message })) }),
      effect: (documents) => plane.questions.effect(documents),
      analyze: (documents) => plane.questions.analyze(documents),
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
