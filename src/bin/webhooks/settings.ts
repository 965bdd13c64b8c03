import type { WebhooksRequest } from '../../cli/index.ts';
import { DEFAULT_SETTINGS, type InjectSettings } from '../../inject/index.ts';
import { WEFT_VERSION } from '../version.ts';

/** Where they listen, and what the installation says of proxies. */
export interface WebhookSettings {
  readonly host: string;
  readonly port: number;
  /** Names and addresses under which API servers call, beside the Service's. */
  readonly names: readonly string[];
  /** A file with the trust anchors of API servers' certificates, and the names that these have; everybody may ask where absent. */
  readonly clients?: { readonly file: string; readonly names: readonly string[] };
  readonly inject: InjectSettings;
}

/** The control plane's Service, as pods and API servers call it. */
export const serviceOf = ({ namespace, revision }: Pick<InjectSettings, 'namespace' | 'revision'>): string =>
  `${revision === '' ? 'weft' : `weft-${revision}`}.${namespace}.svc`;

/** A control plane in a pod is in the namespace that its environment names. */
export function webhookSettings(request: WebhooksRequest, env: Readonly<Record<string, string | undefined>>): WebhookSettings {
  const { host, port, names, revision = '', proxyImage = `weft/proxy:${WEFT_VERSION}`, controlPlane } = request;
  const namespace = env['POD_NAMESPACE'] || DEFAULT_SETTINGS.namespace;
  const place = controlPlane ?? `${serviceOf({ namespace, revision })}:15012`;
  const { requests, limits } = DEFAULT_SETTINGS.resources;
  const resources = { requests: { ...requests, ...request.resources?.requests }, limits: { ...limits, ...request.resources?.limits } };
  const policy = {
    ...(request.imagePullPolicy === undefined ? {} : { imagePullPolicy: request.imagePullPolicy }),
    ...(request.pullSecrets === undefined ? {} : { pullSecrets: request.pullSecrets }),
  };
  const interception = request.interception === undefined ? {} : { interception: request.interception };
  const own = {
    version: WEFT_VERSION,
    revision,
    namespace,
    image: proxyImage,
    controlPlane: place,
    resources,
    ...policy,
    ...interception,
    ...(request.clusterDomain === undefined ? {} : { clusterDomain: request.clusterDomain }),
    ...(request.proxyNames === undefined ? {} : { names: request.proxyNames }),
    ...(request.nodeImage === undefined ? {} : { node: { image: request.nodeImage } }),
  };
  const clients = request.clientCa === undefined ? {} : { clients: { file: request.clientCa, names: request.clientNames ?? [] } };
  return { host, port, names, ...clients, inject: { ...DEFAULT_SETTINGS, ...own } };
}
