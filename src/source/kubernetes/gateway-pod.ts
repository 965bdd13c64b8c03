// A pod that is a proxy of a Gateway, and not an application. It gets the private keys of the Gateway's certificates: so its labels are not believed alone, its
// service account must be the one that was made for that Gateway. Who may make pods under a service account is for the cluster's own rules.
import { deployedName, GATEWAY_NAME_LABEL } from '../../model/index.ts';

/** What its proxy is: `sidecar`, `node` (which serves it and others), or it is one itself: `gateway`, `node-proxy`. */
export const PROXY_ROLE = 'weft.dev/proxy';
/** The Gateway's own name, which may be longer than a label. */
const GATEWAY = 'weft.dev/gateway';

type Texts = Readonly<Record<string, string>>;

/** Name of the Gateway of the same namespace whose proxy the pod is. */
export function gatewayOfPod(pod: { readonly labels: Texts; readonly annotations: Texts; readonly serviceAccount: string }): string | undefined {
  if (pod.annotations[PROXY_ROLE] !== 'gateway') return undefined;
  const name = pod.annotations[GATEWAY] ?? pod.labels[GATEWAY_NAME_LABEL];
  return name !== undefined && pod.serviceAccount === deployedName(name) ? name : undefined;
}
