// Objects of an API server in, documents out: what belongs together (a pod and its node, a Service and its slices) is looked up here.
import { byCodeUnit, canonicalJson, type Diagnostic } from '../../base/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { type Document, type DocumentKey, documentKey } from '../../model/index.ts';
import { kindOf } from '../../policy/index.ts';
import type { ResourceEvent } from '../events.ts';
import { type NodeAccount, proxyOfNode } from './node-pod.ts';
import { Nodes } from './nodes.ts';
import { type PodFacts, type PodPlace, type PodPort, podFacts, workloadOf } from './pod.ts';
import { published } from './published.ts';
import { readObject } from './read-object.ts';
import { betweenProxies, type Choice, choiceOf, chooses } from './service-fields.ts';
import { isSelectorless, type SliceFacts, sliceFacts, withSlices, workloadsOf } from './slices.ts';
import { written } from './written-workload.ts';

const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Fields = Readonly<Record<string, unknown>>;

export interface TranslationOptions {
  readonly tell: (event: ResourceEvent) => void;
  /** What is wrong with an object, by `Kind namespace/name`; empty once nothing is. Its last good state goes on holding. */
  readonly problems: (key: string, diagnostics: readonly Diagnostic[]) => void;
  /** Whose pods are the proxies of nodes; nobody's without. */
  readonly nodes?: NodeAccount | undefined;
}

/** The content of a document: what a change must change to be one. Statuses, and the server's bookkeeping, are none. */
function contentOf({ metadata, spec }: Document): string {
  const { resourceVersion: _, ...kept } = metadata;
  return canonicalJson({ metadata: kept, spec });
}

export class Translation {
  readonly #options: TranslationOptions;
  readonly #told = new Map<DocumentKey, Document>();
  readonly #troubled = new Set<string>();
  readonly #nodes = new Nodes();
  readonly #pods = new Map<string, PodFacts>();
  /** Pods that were given up with their nodes, and whether that is believed. */
  readonly #givenUp = new Map<string, { readonly at: number; readonly excused: boolean }>();
  readonly #podsOn = new Map<string, Set<string>>();
  readonly #podsIn = new Map<string, Set<string>>();
  /** By namespace and name. */
  readonly #choices = new Map<string, Map<string, Choice>>();
  readonly #services = new Map<string, KubeObject>();
  readonly #slices = new Map<string, SliceFacts>();
  /** Workloads that are told of, by the slice they are of. */
  readonly #ofSlice = new Map<string, readonly DocumentKey[]>();

  constructor(options: TranslationOptions) {
    this.#options = options;
  }

  /** An object that is a document as it is. */
  document(given: KubeObject): void {
    const { object, diagnostics } = written(given);
    // Of a pod and a Workload of one name the pod is what runs.
    if (given['kind'] === 'Workload' && this.#pods.has(`${given.metadata.namespace}/${given.metadata.name}`)) return;
    const { annotations = {}, labels, name, namespace, uid, generation, creationTimestamp } = object.metadata;
    const { [APPLIED]: _, ...own } = annotations;
    const { status: __, ...rest } = object;
    this.#put({ ...rest, metadata: { name, namespace, uid, generation, creationTimestamp, labels, annotations: own } }, diagnostics);
  }

  pod(key: string, object: KubeObject | undefined): void {
    const before = this.#pods.get(key);
    if (before !== undefined) {
      this.#podsOn.get(before.node)?.delete(key);
      this.#podsIn.get(before.namespace)?.delete(key);
    }
    if (object === undefined) this.#pods.delete(key);
    else {
      const facts = podFacts(object, this.#options.nodes);
      this.#pods.set(key, facts);
      this.#podsOn.set(facts.node, (this.#podsOn.get(facts.node) ?? new Set()).add(key));
      this.#podsIn.set(facts.namespace, (this.#podsIn.get(facts.namespace) ?? new Set()).add(key));
    }
    this.#workload(key);
    const now = this.#pods.get(key);
    if (before?.nodeProxy === true || now?.nodeProxy === true) this.#nodeProxyChanged([before?.node, now?.node]);
  }

  /** Who serves the pods of these nodes may be somebody else. */
  #nodeProxyChanged(nodes: readonly (string | undefined)[]): void {
    for (const node of new Set(nodes)) for (const pod of this.#podsOn.get(node ?? '') ?? []) if (this.#pods.get(pod)?.proxied === 'node') this.#workload(pod);
  }

  #nodeProxyOf(node: string): string {
    const pods = [...(this.#podsOn.get(node) ?? [])].flatMap((key) => this.#pods.get(key) ?? []);
    const there = pods.filter(({ nodeProxy, over, address }) => nodeProxy && !over && address !== '');
    return proxyOfNode(node, there, this.#options.nodes);
  }

  node(name: string, object: KubeObject | undefined): void {
    const changed = this.#nodes.put(name, object);
    if (changed.zone) for (const key of this.#podsOn.get(name) ?? []) this.#workload(key);
    if (!changed.heard) return;
    for (const [key, { at, excused }] of this.#givenUp) if (this.#nodes.silentTogether(at) !== excused) this.#workload(key);
  }

  service(key: string, object: KubeObject | undefined): void {
    this.#choose(key, object === undefined ? undefined : choiceOf(object));
    if (object === undefined) {
      this.#services.delete(key);
      this.gone('v1', 'Service', key);
      return;
    }
    if (isSelectorless(object)) this.#services.set(key, object);
    else this.#services.delete(key);
    this.#service(key, object);
  }

  slice(key: string, object: KubeObject | undefined): void {
    const before = this.#slices.get(key);
    const facts = object === undefined ? undefined : sliceFacts(object);
    if (facts === undefined) this.#slices.delete(key);
    else this.#slices.set(key, facts);
    const told = facts === undefined ? [] : workloadsOf(facts).flatMap((each) => this.#put(each) ?? []);
    for (const gone of (this.#ofSlice.get(key) ?? []).filter((each) => !told.includes(each))) this.#delete(gone);
    if (told.length === 0) this.#ofSlice.delete(key);
    else this.#ofSlice.set(key, told);
    for (const service of new Set([before, facts].flatMap((each) => (each === undefined ? [] : [`${each.namespace}/${each.service}`])))) {
      const found = this.#services.get(service);
      if (found !== undefined) this.#service(service, found);
    }
  }

  /** `key`: `namespace/name`, or the name alone. */
  gone(apiVersion: string, kind: string, key: string): void {
    if (kind !== 'Workload' || !this.#pods.has(key)) this.#gone(apiVersion, kind, key);
  }

  #gone(apiVersion: string, kind: string, key: string): void {
    const at = key.indexOf('/');
    const metadata = { namespace: at < 0 ? '' : key.slice(0, at), name: key.slice(at + 1) };
    this.#fine(`${kind} ${key}`);
    this.#delete(documentKey({ apiVersion: kindOf(apiVersion, kind)?.apiVersion ?? apiVersion, kind, metadata }));
  }

  #service(key: string, object: KubeObject): void {
    const [namespace, name] = key.split('/');
    if (!this.#services.has(key)) {
      this.document(betweenProxies(published(object)));
      return;
    }
    const slices = [...this.#slices.values()].filter((each) => each.namespace === namespace && each.service === name);
    this.document(betweenProxies(published(withSlices(object, slices))));
  }

  /** Pods have the ports that Services say by number. */
  #choose(key: string, choice: Choice | undefined): void {
    const [namespace = '', name = ''] = key.split('/');
    const choices = this.#choices.get(namespace) ?? new Map<string, Choice>();
    const before = choices.get(name);
    if (canonicalJson(before ?? null) === canonicalJson(choice ?? null)) return;
    if (choice === undefined) choices.delete(name);
    else choices.set(name, choice);
    this.#choices.set(namespace, choices);
    for (const pod of this.#podsIn.get(namespace) ?? []) {
      const facts = this.#pods.get(pod);
      if (facts?.proxied !== undefined && [before, choice].some((each) => each !== undefined && chooses(each, facts.labels))) this.#workload(pod);
    }
  }

  #calledOf({ namespace, labels, proxied }: PodFacts): readonly PodPort[] {
    if (proxied === undefined) return [];
    const all = [...(this.#choices.get(namespace)?.values() ?? [])].filter((choice) => chooses(choice, labels)).flatMap(({ ports }) => ports);
    const each = new Map(all.map(({ port, protocol }) => [`${protocol} ${port}`, { name: '', port, protocol }]));
    return [...each.values()].sort((a, b) => a.port - b.port || byCodeUnit(a.protocol, b.protocol));
  }

  #workload(key: string): void {
    const facts = this.#pods.get(key);
    const workload = facts && workloadOf(facts, this.#placeOf(key, facts));
    if (facts === undefined) this.#givenUp.delete(key);
    if (workload === undefined) this.#gone('weft.dev/v1alpha1', 'Workload', key);
    else this.#put(workload);
  }

  #placeOf(key: string, facts: PodFacts): PodPlace {
    const node = facts.proxied === 'node' ? this.#nodeProxyOf(facts.node) : '';
    return { zone: this.#nodes.zoneOf(facts.node), called: this.#calledOf(facts), excused: this.#isExcused(key, facts), node };
  }

  #isExcused(key: string, { givenUpAt: at }: PodFacts): boolean {
    const excused = at !== undefined && this.#nodes.silentTogether(at);
    if (at === undefined) this.#givenUp.delete(key);
    else this.#givenUp.set(key, { at, excused });
    return excused;
  }

  /** Tells of a document where it says something new; its key, undefined when it is none. */
  #put(input: Fields, found: readonly Diagnostic[] = []): DocumentKey | undefined {
    const { kind, metadata } = input as { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string } };
    const place = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
    const { document, diagnostics: read } = readObject(input, String(input['apiVersion']).startsWith('weft.dev/'));
    const diagnostics = [...found, ...read];
    if (diagnostics.length === 0) this.#fine(place);
    else {
      this.#troubled.add(place);
      this.#options.problems(place, diagnostics);
    }
    if (document === undefined) return undefined;
    const key = documentKey(document);
    const before = this.#told.get(key);
    if (before !== undefined && contentOf(before) === contentOf(document)) return key;
    this.#told.set(key, document);
    this.#options.tell({ kind: 'put', document });
    return key;
  }

  #fine(place: string): void {
    if (this.#troubled.delete(place)) this.#options.problems(place, []);
  }

  #delete(key: DocumentKey): void {
    if (this.#told.delete(key)) this.#options.tell({ kind: 'delete', key });
  }
}
