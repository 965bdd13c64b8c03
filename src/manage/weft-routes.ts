// /weft/v1: what Kubernetes has no word for.
import { z } from 'zod';
import { kindOf } from '../policy/index.ts';
import type { Store } from '../store/index.ts';
import { type ApplyOptions, applyDocuments, readApplyRequest } from './apply.ts';
import { readApplyBody } from './apply-body.ts';
import { banRoutes } from './ban-routes.ts';
import { readBody } from './body.ts';
import { caRoutes } from './ca-routes.ts';
import { changesRoutes } from './changes-routes.ts';
import { type Findings, findingsRoutes } from './checks/index.ts';
import { manageError } from './errors.ts';
import { allProxies, resourcesOf } from './everywhere.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { peerRoutes } from './peer-routes.ts';
import type { ManagePorts } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
import { recordsRoutes } from './records-routes.ts';
import { replicaRoutes } from './replica-routes.ts';
import { one } from './request.ts';
import { rollbackRoutes } from './rollback-routes.ts';
import { checked, name, type WeftCall, type WeftRoute } from './routes.ts';
import { tapRoutes } from './tap-routes.ts';
import { tracesRoutes } from './traces-routes.ts';
import { truthRoutes } from './truth-routes.ts';
import { seesAll } from './visible.ts';

const APPLY_BODY_BYTES = 16 * 1024 * 1024;
const MAX_TTL_SECONDS = 24 * 3600;

const TokenSchema = z.strictObject({
  namespace: name.default('default'),
  serviceAccount: name,
  ttlSeconds: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_TTL_SECONDS, 'must be at most 86400 (24 h): the token is used once, so a short life costs nothing')
    .default(600),
  labels: z.record(z.string(), z.string()).default({}),
});

/** Documents by kind: `Service`, `gateway.networking.k8s.io/HTTPRoute`. */
function counts(store: Store): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const document of store.list().documents) {
    const group = kindOf(document.apiVersion, document.kind)?.group ?? '';
    const key = group === '' ? document.kind : `${group}/${document.kind}`;
    found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}

/** Facts are for everybody who signed in (a machine needs them to join); numbers of all namespaces for those who may read all of them. */
async function status(ports: ManagePorts, { permit }: WeftCall): Promise<object> {
  const { store } = ports;
  const facts = { ...ports.facts(), now: ports.clock.now() };
  if (!seesAll(permit, 'proxies')) return { ...facts, revision: store.revision, limited: true };
  const { items: proxies } = await allProxies(ports);
  return {
    ...facts,
    revision: store.revision,
    documents: counts(store),
    proxies: {
      total: proxies.length,
      connected: proxies.filter((proxy) => proxy.connected).length,
      inSync: proxies.filter((proxy) => proxy.sync === 'in sync').length,
      refused: proxies.filter((proxy) => proxy.sync === 'refused').length,
    },
    counters: ports.counters(),
  };
}

const idOf = ({ params }: WeftCall): string => `${params['namespace'] ?? ''}/${params['name'] ?? ''}`;

const noProxy = (id: string): Error =>
  manageError('not-found', `there is no proxy ${id}: \`weft proxies\` lists them`, { details: { name: id, kind: 'proxies' } });

function proxyRoutes(ports: ManagePorts): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/proxies',
      permission: { kind: 'weft', verb: 'list', resource: 'proxies', in: 'query' },
      answer: async ({ query }) => {
        const only = one(query, 'namespace');
        const { items, silent } = await allProxies(ports, query);
        const proxies = items.filter((proxy) => only === undefined || only === '' || proxy.namespace === only);
        return { items: proxies, ...(silent.length === 0 ? {} : { silent }) };
      },
    },
    {
      method: 'GET',
      path: '/proxies/:namespace/:name',
      permission: { kind: 'weft', verb: 'get', resource: 'proxies', in: 'path' },
      answer: async (call) => {
        const { items } = await allProxies(ports);
        const proxy = items.find((each) => each.id === idOf(call));
        if (proxy === undefined) throw noProxy(idOf(call));
        return proxy;
      },
    },
    {
      method: 'GET',
      path: '/proxies/:namespace/:name/resources',
      permission: { kind: 'weft', verb: 'get', resource: 'proxies/config', in: 'path' },
      answer: async (call) => {
        const items = await resourcesOf(ports, idOf(call), call.query);
        if (items === undefined) throw noProxy(idOf(call));
        return { items };
      },
    },
  ];
}

interface JoinToken {
  readonly token: string;
  readonly expiresAt: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

async function joinToken(ports: ManagePorts, { permit, body, contentType }: WeftCall): Promise<JoinToken> {
  const { ttlSeconds, ...grant } = checked(TokenSchema, readBody(body, contentType));
  permit.require(weftAttributes('create', 'jointokens', grant.namespace));
  const expiresAt = ports.clock.now() + ttlSeconds * 1000;
  const { namespace, serviceAccount } = grant;
  return { token: await ports.createJoin({ ...grant, expiresAt }), expiresAt: new Date(expiresAt).toISOString(), namespace, serviceAccount };
}

const joinFacts = ({ namespace, serviceAccount }: JoinToken): { readonly what: string; readonly namespace: string } => ({
  what: `join token for ${namespace}/${serviceAccount}`,
  namespace,
});

/** Everything below /weft/v1. To add a route: an entry here (or in a list of its own), with what it asks of its caller. */
export function weftRoutes(ports: ManagePorts, apply: ApplyOptions, findings: Findings): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/status',
      permission: { kind: 'signed-in', why: 'a machine that joins needs the trust domain, the root and the address; numbers are for readers of all proxies' },
      answer: (call) => status(ports, call),
    },
    ...proxyRoutes(ports),
    {
      method: 'POST',
      path: '/apply',
      permission: { kind: 'asked', what: 'create, or patch what is there, for each document' },
      bodyLimit: APPLY_BODY_BYTES,
      audit: { verb: 'apply' },
      answer: async ({ body, contentType, author, permit }) => applyDocuments(readApplyRequest(await readApplyBody(body, contentType), author), permit, apply),
    },
    {
      method: 'POST',
      path: '/tokens',
      permission: { kind: 'asked', what: 'create jointokens in the namespace of the identity' },
      audit: { verb: 'issue', what: (_call, made) => joinFacts(made as JoinToken) },
      answer: (call) => joinToken(ports, call),
    },
    ...truthRoutes(ports, apply),
    ...banRoutes(ports),
    ...peerRoutes(ports),
    ...replicaRoutes(ports),
    ...caRoutes(ports),
    ...recordsRoutes(ports),
    ...metricsRoutes(ports),
    ...tracesRoutes(ports),
    ...findingsRoutes(findings),
    ...changesRoutes(ports),
    ...rollbackRoutes(apply),
    ...tapRoutes(ports),
  ];
}
