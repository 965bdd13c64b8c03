// By what an API server recognises our webhooks: the trust anchors of now, in every webhook of our configurations. One replica keeps them.
import type { KubeClient, KubeObject, ResourceType } from '../../kube/index.ts';
import type { Log } from '../logger.ts';

const configuration = (plural: string, kind: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});
export const MUTATING = configuration('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration');
export const VALIDATING = configuration('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration');

/** The configurations that an installation has. */
export interface WebhookNames {
  readonly mutating: string;
  readonly validating: string;
}

/** Those of a revision, as `weft install` writes them. */
export const webhookNames = (revision: string): WebhookNames => {
  const named = (part: string): string => ['weft', part, revision].filter((each) => each !== '').join('-');
  return { mutating: named('inject'), validating: named('validate') };
};

interface Webhook {
  readonly clientConfig?: { readonly caBundle?: string };
}

/** The configuration with the bundle (PEM) in each of its webhooks; undefined where it is there already. */
export function trusting(object: KubeObject, bundlePem: string): KubeObject | undefined {
  const caBundle = Buffer.from(bundlePem).toString('base64');
  const webhooks = Array.isArray(object['webhooks']) ? (object['webhooks'] as readonly Webhook[]) : [];
  if (webhooks.every(({ clientConfig }) => clientConfig?.caBundle === caBundle)) return undefined;
  return { ...object, webhooks: webhooks.map((webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } })) };
}

async function keepOne(client: KubeClient, type: ResourceType, { name, bundlePem }: { readonly name: string; readonly bundlePem: string }): Promise<boolean> {
  const object = await client.get(type, { name });
  const next = object === undefined ? undefined : trusting(object, bundlePem);
  // With its resourceVersion: what somebody else changes meanwhile is not undone, and this is tried again.
  if (next !== undefined) await client.replace(type, next);
  return next !== undefined;
}

/** Puts the bundle into both configurations, once. What is not installed is left alone. Rejects when the API server does. */
export async function putWebhookTrust(client: KubeClient, names: WebhookNames, bundlePem: string): Promise<void> {
  await keepOne(client, MUTATING, { name: names.mutating, bundlePem });
  await keepOne(client, VALIDATING, { name: names.validating, bundlePem });
}

export interface KeepingTrust {
  readonly client: KubeClient;
  readonly names: WebhookNames;
  readonly bundle: () => string;
  /** Tells when the bundle may have changed; returns how to stop. */
  readonly onBundle: (told: () => void) => () => void;
  readonly log: Log;
}

/** Somebody may apply the manifests anew, without a bundle. */
const AGAIN_MS = 15_000;
const RETRY_MS = 1_000;

/** Keeps the bundle in the configurations until the signal aborts: for the leader alone. Never rejects. */
export async function keepWebhookTrust({ client, names, bundle, onBundle, log }: KeepingTrust, signal: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  const off = onBundle(() => wake());
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const kept = await putWebhookTrust(client, names, bundle()).then(
        () => true,
        (error: unknown) => {
          log('warn', 'the webhooks’ trust anchors could not be written', { ...names, error: error instanceof Error ? error.message : String(error) });
          return false;
        },
      );
      if (!signal.aborted) await pause(kept ? AGAIN_MS : RETRY_MS);
    }
  } finally {
    off();
    signal.removeEventListener('abort', stop);
  }
}
