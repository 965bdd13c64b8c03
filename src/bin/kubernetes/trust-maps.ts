// By what pods' proxies recognise the control plane, before they have anything of it: a ConfigMap in every namespace, as the two SDS files that
// their bootstrap names (compile's podBootstrap).
import { type KubeClient, type KubeObject, Reflector, type ResourceType } from '../../kube/index.ts';
import { TOKEN_SECRET, TRUST_SECRET } from '../../machine/index.ts';
import type { Log } from '../logger.ts';
import { WorkList } from './work-list.ts';

export const TRUST_MAP = 'weft-trust';
const FIELD_MANAGER = 'weft-trust';
const TOKEN_FILE = '/var/run/secrets/weft/token';
const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };

type Data = Readonly<Record<string, string>>;

/** JSON is YAML, and Envoy reads both. */
export function trustData(rootPem: string): Data {
  const trust = { '@type': TYPE, name: TRUST_SECRET, validation_context: { trusted_ca: { inline_string: rootPem } } };
  const token = { '@type': TYPE, name: TOKEN_SECRET, generic_secret: { secret: { filename: TOKEN_FILE } } };
  return { 'trust.yaml': `${JSON.stringify({ resources: [trust] })}\n`, 'token.yaml': `${JSON.stringify({ resources: [token] })}\n` };
}

export interface TrustMapsOptions {
  readonly client: KubeClient;
  /** Trust anchors, PEM; the callback is told when they change. */
  readonly bundle: () => string;
  readonly onBundle: (changed: () => void) => () => void;
  /** All namespaces have this bundle; '' while some have not, and when it is not kept here any more. */
  readonly kept?: (bundle: string) => void;
  readonly log: Log;
}

/**
 * Keeps the ConfigMap in every namespace, until the signal aborts. In all of them: any pod may ask for a proxy, and one whose ConfigMap is
 * not there does not start. Kubernetes' own namespaces are left alone.
 */
export async function keepTrustMaps(options: TrustMapsOptions, signal: AbortSignal): Promise<void> {
  const { client, bundle, onBundle, kept = () => undefined, log } = options;
  const namespaces = new Set<string>();
  const there = new Map<string, Data>();
  const list = new WorkList<string>({
    width: 4,
    perSecond: 50,
    see: async (namespace) => {
      const data = trustData(bundle());
      if (!namespaces.has(namespace) || same(there.get(namespace), data)) return;
      const metadata = { name: TRUST_MAP, namespace, labels: { 'app.kubernetes.io/part-of': 'weft' } };
      await client.apply(MAPS, { metadata, data }, { fieldManager: FIELD_MANAGER, force: true });
    },
    failed: (namespace, error) => log('warn', 'the trust anchors cannot be put into a namespace; trying again', { namespace, error: error.message }),
  });
  const follow = (type: ResourceType, put: (key: string, object: KubeObject | undefined) => void, fieldSelector?: string): Promise<void> => {
    const told = (key: string, object: KubeObject | undefined): void => {
      put(key, object);
      if (listed.size === 2) look();
    };
    const synced = (): void => {
      listed.add(type);
      look();
    };
    const sink = { put: told, delete: (key: string) => told(key, undefined), synced, trouble: () => undefined };
    return new Reflector({ client, type, sink, ...(fieldSelector === undefined ? {} : { fieldSelector }) }).run(signal);
  };
  const listed = new Set<ResourceType>();
  const look = (): void => {
    const data = trustData(bundle());
    kept(listed.size === 2 && [...namespaces].every((namespace) => same(there.get(namespace), data)) ? bundle() : '');
  };
  const off = onBundle(() => {
    for (const namespace of namespaces) list.add(namespace);
    look();
  });
  await Promise.all([
    list.run(signal),
    follow(NAMESPACES, (name, object) => {
      if (object === undefined || object.metadata.deletionTimestamp !== undefined || name.startsWith('kube-')) namespaces.delete(name);
      else namespaces.add(name);
      list.add(name);
    }),
    follow(
      MAPS,
      (key, object) => {
        const namespace = key.slice(0, key.indexOf('/'));
        if (object === undefined) there.delete(namespace);
        else there.set(namespace, (object['data'] ?? {}) as Data);
        list.add(namespace);
      },
      `metadata.name=${TRUST_MAP}`,
    ),
  ]);
  off();
  kept('');
}

function same(a: Data | undefined, b: Data): boolean {
  return a !== undefined && Object.keys(a).length === Object.keys(b).length && Object.entries(b).every(([key, text]) => a[key] === text);
}
