// One Secret in the control plane's own namespace that all replicas read and change. A change is made onto what was read, and only onto that
// (Kubernetes API concepts, "resourceVersion"): whoever was slower reads again.
import { setTimeout as sleep } from 'node:timers/promises';
import { httpOf, type KubeClient, type KubeObject, Reflector, type ResourceType } from '../../kube/index.ts';

export type Texts = Readonly<Record<string, string>>;

export const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const PART_OF = { 'app.kubernetes.io/part-of': 'weft' };
/** Replicas that write at the same moment meet once; more often than this it is something else. */
const ATTEMPTS = 20;

export class SharedSecret {
  readonly name: string;
  readonly #client: KubeClient;

  constructor(client: KubeClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** As users find it. */
  get place(): string {
    return `Secret ${this.#client.namespace}/${this.name}`;
  }

  /** What is in it; undefined when it is not there. Throws WeftError when the API server cannot be asked. */
  async read(): Promise<Texts | undefined> {
    const found = await this.#client.get(SECRETS, this.#at);
    return found === undefined ? undefined : textsOf(found);
  }

  /**
   * What `edit` makes of what is in it ({} when it is not there), acknowledged by the API server when it resolves; undefined changes nothing.
   * `edit` is asked again where somebody else was faster; what it throws is thrown.
   */
  async change(edit: (texts: Texts) => Texts | undefined): Promise<Texts> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.#client.get(SECRETS, this.#at);
      const before = found === undefined ? {} : textsOf(found);
      const after = edit(before);
      if (after === undefined) return before;
      const data = Object.fromEntries(Object.entries(after).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
      try {
        const metadata = { ...this.#at, labels: PART_OF };
        if (found === undefined) await this.#client.create(SECRETS, { metadata, type: 'Opaque', data });
        else await this.#client.replace(SECRETS, { ...found, data });
        return after;
      } catch (error) {
        if (httpOf(error) !== 409 || attempt === ATTEMPTS) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  /** Tells what is in it, and again whenever that changes, until the signal aborts. What cannot be asked is not told. */
  follow(told: (texts: Texts | undefined) => void, signal: AbortSignal): Promise<void> {
    const sink = {
      put: (_key: string, object: KubeObject): void => told(textsOf(object)),
      delete: (): void => told(undefined),
      synced: () => undefined,
      trouble: () => undefined,
    };
    const selection = { namespace: this.#client.namespace, fieldSelector: `metadata.name=${this.name}` };
    return new Reflector({ client: this.#client, type: SECRETS, sink, ...selection }).run(signal);
  }

  get #at(): { readonly namespace: string; readonly name: string } {
    return { namespace: this.#client.namespace, name: this.name };
  }
}

function textsOf(secret: KubeObject): Texts {
  const data = (secret['data'] ?? {}) as Texts;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')]));
}
