// What is there: the Gateways of a cluster, and what was made for them, by a reflector for each type.
import type { WeftError } from '../base/index.ts';
import { type KubeClient, type KubeObject, Reflector, type ResourceType } from '../kube/index.ts';
import { MANAGED_BY, MANAGER } from './objects.ts';
import { GATEWAYS, MADE_TYPES } from './types.ts';

export interface PictureOptions {
  readonly client: KubeClient;
  /** Where things are made; everywhere when absent. */
  readonly namespaces?: readonly string[];
  /** Something of the Gateway `namespace/name` is different. */
  readonly changed: (gateway: string) => void;
  readonly trouble: (type: string, problem: WeftError | undefined) => void;
}

/** `namespace/name` of the Gateway that owns an object; undefined of one that is nobody's. */
export function ownerOf({ metadata }: KubeObject): { readonly gateway: string; readonly uid: string } | undefined {
  const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Gateway' && controller === true);
  return owner === undefined ? undefined : { gateway: `${metadata.namespace ?? ''}/${owner.name}`, uid: owner.uid };
}

export class Picture {
  readonly gateways = new Map<string, KubeObject>();
  readonly #made = new Map<string, Map<string, KubeObject>>();
  readonly #options: PictureOptions;

  constructor(options: PictureOptions) {
    this.#options = options;
  }

  /** What was made, of a type, under `namespace/name`. */
  made(type: ResourceType, key: string): KubeObject | undefined {
    return this.#made.get(type.plural)?.get(key);
  }

  /** Everything of a type. */
  all(type: ResourceType): Iterable<KubeObject> {
    return this.#made.get(type.plural)?.values() ?? [];
  }

  /** What the server answered to a write: it is known before it is told. */
  note(type: ResourceType, key: string, object: KubeObject): void {
    this.#of(type).set(key, object);
  }

  /** Follows until the signal aborts; calls `synced` once everything was listed. */
  async follow(signal: AbortSignal, synced: () => void): Promise<void> {
    const { client, namespaces } = this.#options;
    const waiting = new Set<string>();
    const follow = (type: ResourceType, put: (key: string, object: KubeObject | undefined) => void, namespace?: string): Promise<void> => {
      const id = `${type.plural} ${namespace ?? ''}`;
      waiting.add(id);
      const sink = {
        put,
        delete: (key: string) => put(key, undefined),
        synced: () => {
          if (waiting.delete(id) && waiting.size === 0) synced();
        },
        trouble: (problem: WeftError | undefined) => this.#options.trouble(id, problem),
      };
      const ours = type === GATEWAYS ? {} : { labelSelector: `${MANAGED_BY}=${MANAGER}` };
      return new Reflector({ client, type, sink, ...ours, ...(namespace === undefined ? {} : { namespace }) }).run(signal);
    };
    await Promise.all([
      follow(GATEWAYS, (key, object) => this.#gateway(key, object)),
      ...MADE_TYPES.flatMap((type) =>
        (namespaces ?? [undefined]).map((namespace) => follow(type, (key, object) => this.#changed(type, key, object), namespace)),
      ),
    ]);
  }

  #gateway(key: string, object: KubeObject | undefined): void {
    const before = this.gateways.get(key);
    if (object === undefined) this.gateways.delete(key);
    else this.gateways.set(key, object);
    // Its status changes with every route: nothing is made of that.
    if (before?.metadata.generation === object?.metadata.generation && before?.metadata.uid === object?.metadata.uid) return;
    this.#options.changed(key);
  }

  #changed(type: ResourceType, key: string, object: KubeObject | undefined): void {
    const before = this.made(type, key);
    if (object === undefined) this.#of(type).delete(key);
    else this.note(type, key, object);
    for (const each of [before, object]) {
      const owner = each === undefined ? undefined : ownerOf(each);
      if (owner !== undefined) this.#options.changed(owner.gateway);
    }
  }

  #of(type: ResourceType): Map<string, KubeObject> {
    const known = this.#made.get(type.plural) ?? new Map<string, KubeObject>();
    this.#made.set(type.plural, known);
    return known;
  }
}
