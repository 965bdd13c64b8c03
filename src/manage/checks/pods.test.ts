import { expect, test } from 'vitest';
import type { Document, Mesh } from '../../model/index.ts';
import type { Facts, Found } from './check.ts';
import { installedRevisions, isOlder, namespacesFit, podsMeshed, proxiesCurrent } from './pods.ts';

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
  const workloads = new Map(
    pods.map(({ name, namespace = 'shop', labels, proxy, gateway }) => [`${namespace}/${name}`, { name, namespace, labels, proxy, gateway }]),
  );
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

const controlPlane = (revision: string): Given => ({
  name: `weft-${revision}`,
  namespace: 'weft-system',
  labels: { 'app.kubernetes.io/name': 'weft', 'app.kubernetes.io/component': 'control-plane', 'weft.dev/rev': revision },
});

test('a namespace of a revision that no control plane has, and the one that is called default', () => {
  const of = (revision: string) => ({ 'weft.dev/inject': 'enabled', 'weft.dev/rev': revision });
  const namespaces = { shop: of('canary'), pay: of('canry'), old: of('default'), 'weft-system': {} };
  const pods = ['shop', 'pay', 'old'].map((namespace) => ({ name: 'a', namespace }));
  const facts = factsOf([...pods, controlPlane('default'), controlPlane('canary')], namespaces);
  expect(facts.mesh && installedRevisions(facts.mesh)).toEqual(new Set(['default', 'canary']));
  expect(wordsOf(namespacesFit.look(facts))).toEqual([
    'WEFT2432 namespace pay: no control plane of revision "canry" is here: pods get no proxies; there is canary, default',
  ]);
  // a control plane that is not in the cluster cannot know
  expect(namespacesFit.look(factsOf(pods, namespaces))).toEqual([]);
});

test('pods with the proxy of an older version, by namespace', () => {
  const by = (version: string) => ({ proxy: {}, annotations: { 'weft.dev/proxy-version': version } });
  const facts = factsOf(
    [
      { name: 'old', ...by('0.9.3') },
      { name: 'new', ...by('1.0.0') },
      { name: 'newer', ...by('1.1.0') },
      { name: 'own', proxy: {} },
    ],
    MESHED,
  );
  expect(proxiesCurrent.look({ ...facts, version: '1.0.0' })).toMatchObject([
    { code: 'WEFT2435', words: 'a pod of namespace shop has a proxy of 0.9.3, and this is 1.0.0: old', next: expect.stringContaining('rollout restart') },
  ]);
  expect([isOlder('0.9.10', '0.10.0'), isOlder('1.0.0', '1.0.0'), isOlder('1.2.0', '1.1.9'), isOlder('dev', '1.0.0')]).toEqual([true, false, false, false]);
});
