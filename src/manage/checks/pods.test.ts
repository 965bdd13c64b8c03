import { expect, test } from 'vitest';
import type { Document, Mesh } from '../../model/index.ts';
import type { Facts, Found } from './check.ts';
import { namespacesFit, podsMeshed } from './pods.ts';

type Texts = Readonly<Record<string, string>>;

interface Given {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly state?: string;
  readonly proxy?: object;
  readonly gateway?: object;
}

/** A mesh of pods, and namespaces with labels. */
function factsOf(pods: readonly Given[], namespaces: Readonly<Record<string, Texts>>): Facts {
  const workloads = new Map(pods.map(({ name, namespace = 'shop', proxy, gateway }) => [`${namespace}/${name}`, { name, namespace, proxy, gateway }]));
  const document: Facts['document'] = ({ kind, namespace, name }) => {
    if (kind === 'Namespace')
      return name in namespaces ? ({ metadata: { name, labels: namespaces[name], annotations: {} } } as unknown as Document) : undefined;
    const pod = pods.find((each) => each.name === name && (each.namespace ?? 'shop') === namespace);
    const annotations = { 'weft.dev/source': 'kubernetes', ...pod?.annotations };
    return pod && ({ metadata: { name, namespace, labels: pod.labels ?? {}, annotations }, spec: { state: pod.state ?? 'Ready' } } as unknown as Document);
  };
  return { now: 0, proxies: [], diagnostics: [], userTokens: [], refusedJoins: [], clocks: [], kept: [], document, mesh: { workloads } as unknown as Mesh };
}

const MESHED = { shop: { 'weft.dev/inject': 'enabled' }, plain: {} };
const wordsOf = (found: readonly Found[] | string): readonly string[] =>
  typeof found === 'string' ? [found] : found.map(({ code, words }) => `${code} ${words}`);

test('pods that were missed are named by namespace; who is meant to stand outside is not', () => {
  const pods: readonly Given[] = [
    { name: 'web-1' },
    { name: 'web-2' },
    { name: 'meshed', proxy: {} },
    { name: 'edge', gateway: {} },
    { name: 'out', labels: { 'weft.dev/inject': 'disabled' } },
    { name: 'out-too', annotations: { 'weft.dev/inject': 'disabled' } },
    { name: 'host', annotations: { 'weft.dev/left-alone': 'hostNetwork' } },
    { name: 'leaving', state: 'Draining' },
    { name: 'slice', labels: { 'weft.dev/endpoints-of': 'legacy' } },
    { name: 'other', namespace: 'plain' },
    { name: 'asked', namespace: 'plain', labels: { 'weft.dev/inject': 'enabled' } },
  ];
  expect(wordsOf(podsMeshed.look(factsOf(pods, MESHED)))).toEqual([
    'WEFT2430 2 pods of namespace shop have no proxy: web-1, web-2',
    'WEFT2430 a pod of namespace plain has no proxy: asked',
  ]);
  expect(podsMeshed.look(factsOf([{ name: 'meshed', proxy: {} }], MESHED))).toEqual([]);
});

test('namespaces whose labels stand against their proxies', () => {
  const namespaces = {
    shop: { 'weft.dev/inject': 'true' },
    pay: { 'weft.dev/inject': 'enabled', 'pod-security.kubernetes.io/enforce': 'baseline' },
    plain: {},
  };
  const pods = Object.keys(namespaces).map((namespace) => ({ name: 'a', namespace }));
  expect(wordsOf(namespacesFit.look(factsOf(pods, namespaces))).map((words) => words.slice(0, 60))).toEqual([
    'WEFT2427 namespace pay: namespace pay enforces baseline, whi',
    'WEFT2431 namespace shop: the value "true" is neither enabled',
  ]);
});
