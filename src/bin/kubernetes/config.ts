import type { WebhooksRequest } from '../../cli/index.ts';
import { findKubeConfig } from '../../kube/index.ts';
import { type WebhookSettings, webhookSettings } from '../webhooks/settings.ts';
import type { ClusterPlace } from './cluster.ts';
import { type GatewayRequest, type GatewaySettings, gatewaySettings } from './gateways.ts';

/** Where `weft install` puts it. */
const INSTALLED = 'weft-system';

export interface KubernetesPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly revision?: string;
  /** Where the control plane has its Secret and its lease. */
  readonly namespace?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly webhooks?: WebhooksRequest;
  readonly gateways?: GatewayRequest;
}

/** The cluster that a control plane is of, and the webhooks that it has for it. */
export interface KubernetesSettings extends ClusterPlace {
  readonly webhooks?: WebhookSettings;
  readonly gateways?: GatewaySettings;
}

/** Where the API server is and who we are. Throws WeftError `bad-kubeconfig` with the file and what to do. */
export function kubernetesConfig(place: KubernetesPlace | undefined): KubernetesSettings | undefined {
  if (place === undefined) return undefined;
  const { kubeconfig, context, env, revision, webhooks } = place;
  const found = findKubeConfig(env, { ...(kubeconfig === undefined ? {} : { path: kubeconfig }), ...(context === undefined ? {} : { context }) });
  const namespace = place.namespace ?? env['POD_NAMESPACE'] ?? INSTALLED;
  const { POD_NAME: name = '', POD_IP: address = '' } = env;
  return {
    config: { ...found, namespace },
    ...(name === '' || address === '' ? {} : { pod: { name, address } }),
    ...(revision === undefined ? {} : { revision }),
    ...(webhooks === undefined ? {} : { webhooks: webhookSettings(webhooks, env) }),
    gateways: gatewaySettings(place.gateways ?? {}, { revision, env }),
  };
}
