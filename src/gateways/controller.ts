// Makes of the cluster what the mesh wants for its Gateways, and keeps it so.
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, WeftError } from '../base/index.ts';
import { type GatewayDeployment, gatewayDeployment } from '../compile/index.ts';
import { EventRecorder, type KubeClient, type KubeObject, nameKey, type ResourceType } from '../kube/index.ts';
import { type GatewayKey, type Mesh, servesClass } from '../model/index.ts';
import { type GatewayObject, gatewayObjects, type ProxySettings } from './objects.ts';
import { ownerOf, Picture } from './picture.ts';
import { GATEWAYS, MADE_TYPES, SERVICES } from './types.ts';

export interface GatewayControllerOptions {
  readonly client: KubeClient;
  /** The mesh of now. */
  readonly mesh: () => Mesh;
  readonly settings: ProxySettings;
  /** Where Gateways get something made; everywhere when absent. */
  readonly namespaces?: readonly string[];
  /** Whether Gateways of a namespace are this control plane's, and not another one's; all are when absent. */
  readonly serves?: (namespace: string) => boolean;
  /** Who we are among the replicas, in events. */
  readonly instance: string;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;
}

const FIELD_MANAGER = 'weft-gateway-controller';
/** How often it is looked whether there is another mesh. */
const LOOK_MS = 200;
/** What could not be written is tried again. */
const AGAIN_MS = 2000;
const AT_ONCE = 8;

/** What of an object somebody may have changed. */
function contentOf({ metadata, status: _, ...rest }: KubeObject): string {
  const { labels, annotations, ownerReferences } = metadata;
  return canonicalJson({ ...rest, metadata: { labels, annotations, ownerReferences } });
}

interface Applied {
  readonly wanted: string;
  readonly became: string;
}

export class GatewayController {
  readonly #options: GatewayControllerOptions;
  readonly #picture: Picture;
  readonly #events: EventRecorder;
  readonly #dirty = new Set<string>();
  readonly #applied = new Map<string, Applied>();
  #wake: () => void = () => undefined;
  #mesh: Mesh | undefined;

  constructor(options: GatewayControllerOptions) {
    const { client, instance, log } = options;
    this.#options = options;
    this.#events = new EventRecorder({ client, controller: 'weft.dev/gateway-controller', instance });
    this.#picture = new Picture({
      client,
      ...(options.namespaces === undefined ? {} : { namespaces: options.namespaces }),
      changed: (gateway) => {
        this.#dirty.add(gateway);
        this.#wake();
      },
      trouble: (type, problem) => log(problem === undefined ? 'info' : 'warn', 'objects of Gateways', { type, problem: problem?.message ?? 'followed again' }),
    });
  }

  /** Until the signal aborts (a leader that is none any more); never rejects for the server's sake. Nothing is done before everything there is was listed. */
  async run(signal: AbortSignal): Promise<void> {
    let listed: () => void = () => undefined;
    const everything = new Promise<void>((resolve) => {
      listed = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const following = this.#picture.follow(signal, () => listed());
    await everything;
    while (!signal.aborted) {
      await this.#round(signal);
      await this.#rest(signal);
    }
    await following;
  }

  /** Until something changes, or it is time to look for another mesh. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#dirty.size > 0) return;
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([woken, pause(LOOK_MS, signal)]);
  }

  async #round(signal: AbortSignal): Promise<void> {
    const mesh = this.#options.mesh();
    if (mesh !== this.#mesh) for (const key of this.#picture.gateways.keys()) this.#dirty.add(key);
    this.#mesh = mesh;
    const keys = [...this.#dirty];
    this.#dirty.clear();
    let failed = false;
    for (let at = 0; at < keys.length && !signal.aborted; at += AT_ONCE) {
      const done = await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => this.#reconcile(mesh, key)));
      failed ||= done.includes(false);
    }
    if (failed) await pause(AGAIN_MS, signal);
  }

  /** False: something could not be written, and is to be tried again. */
  async #reconcile(mesh: Mesh, key: string): Promise<boolean> {
    const gateway = this.#picture.gateways.get(key);
    // What was made for a Gateway that is gone goes with it (its owner).
    if (gateway === undefined || gateway.metadata.deletionTimestamp !== undefined) return true;
    const { namespace = '' } = gateway.metadata;
    if (this.#options.namespaces?.includes(namespace) === false || this.#options.serves?.(namespace) === false) return true;
    const deployment = gatewayDeployment(mesh, key as GatewayKey);
    try {
      if (deployment === undefined) {
        if (isElsewhere(mesh, key as GatewayKey)) await this.#removeAll(gateway, () => false);
        return true;
      }
      if (deployment.refused) return true;
      const wanted = gatewayObjects(deployment, gateway, this.#options.settings);
      for (const each of wanted) await this.#apply(each, gateway);
      await this.#removeAll(gateway, (type, object) => isWanted(deployment, wanted, { type, object }));
      return true;
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      this.#dirty.add(key);
      this.#options.log('warn', 'what a Gateway is made of could not be written; trying again', { gateway: key, error: error.message });
      await this.#note(gateway, 'NotDeployed', error.message);
      return false;
    }
  }

  async #apply({ type, object }: GatewayObject, gateway: KubeObject): Promise<void> {
    const key = nameKey(object.metadata);
    const id = `${type.plural} ${key}`;
    const wanted = canonicalJson(object);
    const there = this.#picture.made(type, key);
    const before = this.#applied.get(id);
    if (there !== undefined && before?.wanted === wanted && before.became === contentOf(there)) return;
    const found = there ?? (await this.#options.client.get(type, object.metadata));
    if (found !== undefined && ownerOf(found)?.uid !== gateway.metadata.uid) {
      const owner = ownerOf(found);
      // Of a Gateway of the same name that was deleted just now: it goes, and then we are told.
      if (owner !== undefined) return;
      await this.#note(gateway, 'NameTaken', `${type.kind} ${key} is there and belongs to somebody else: delete it, or give the Gateway another name`);
      return;
    }
    const became = await this.#options.client.apply(type, object, { fieldManager: FIELD_MANAGER, force: true });
    this.#applied.set(id, { wanted, became: contentOf(became) });
    this.#picture.note(type, key, became);
  }

  async #removeAll({ metadata }: KubeObject, keep: (type: ResourceType, object: KubeObject) => boolean): Promise<void> {
    for (const type of MADE_TYPES)
      for (const object of [...this.#picture.all(type)]) {
        const { uid, deletionTimestamp } = object.metadata;
        if (ownerOf(object)?.uid !== metadata.uid || deletionTimestamp !== undefined || keep(type, object)) continue;
        await this.#options.client.delete(type, object.metadata, uid === undefined ? {} : { uid });
        this.#applied.delete(`${type.plural} ${nameKey(object.metadata)}`);
      }
  }

  async #note({ metadata }: KubeObject, reason: string, note: string): Promise<void> {
    const { name, namespace = '', uid } = metadata;
    await this.#events.record({
      regarding: { type: GATEWAYS, namespace, name, ...(uid === undefined ? {} : { uid }) },
      severity: 'Warning',
      reason,
      action: 'Deploy',
      note,
    });
  }
}

/** Whether it is known, and not merely not yet known, that nothing of ours belongs to the Gateway. */
function isElsewhere(mesh: Mesh, id: GatewayKey): boolean {
  const className = mesh.gateways.get(id)?.className;
  if (className === undefined) return false;
  return mesh.gatewayClasses.has(className) || servesClass(mesh, className);
}

function isWanted(deployment: GatewayDeployment, wanted: readonly GatewayObject[], { type, object }: GatewayObject): boolean {
  if (wanted.some((each) => each.type === type && each.object.metadata.name === object.metadata.name)) return true;
  // A Service without ports for a while keeps its address.
  return type === SERVICES && deployment.parameters.services === undefined && object.metadata.name === deployment.name;
}

/** Waits, or until the signal aborts; never rejects. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
