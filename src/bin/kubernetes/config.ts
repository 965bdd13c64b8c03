import { findKubeConfig, type KubeConfig } from '../../kube/index.ts';
import { type WebhookRequest, type WebhookSettings, webhookSettings } from '../webhooks/settings.ts';

export interface KubernetesPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly webhooks?: WebhookRequest;
}

/** The cluster that a control plane is of, and the webhooks that it has for it. */
export interface KubernetesSettings {
  readonly config: KubeConfig;
  readonly webhooks?: WebhookSettings;
}

/** Where the API server is and who we are. Throws WeftError `bad-kubeconfig` with the file and what to do. */
export function kubernetesConfig(place: KubernetesPlace | undefined): KubernetesSettings | undefined {
  if (place === undefined) return undefined;
  const { kubeconfig, context, env, webhooks } = place;
  const config = findKubeConfig(env, { ...(kubeconfig === undefined ? {} : { path: kubeconfig }), ...(context === undefined ? {} : { context }) });
  return { config, ...(webhooks === undefined ? {} : { webhooks: webhookSettings(webhooks, env) }) };
}
