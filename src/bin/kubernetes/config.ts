import { findKubeConfig, type KubeConfig } from '../../kube/index.ts';

export interface KubernetesPlace {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where the API server is and who we are. Throws WeftError `bad-kubeconfig` with the file and what to do. */
export function kubernetesConfig(place: KubernetesPlace | undefined): { readonly config: KubeConfig } | undefined {
  if (place === undefined) return undefined;
  const { kubeconfig, context, env } = place;
  return { config: findKubeConfig(env, { ...(kubeconfig === undefined ? {} : { path: kubeconfig }), ...(context === undefined ? {} : { context }) }) };
}
