// Whether a pod gets a proxy. Nothing is left out in silence: what was asked for and cannot be is told, or refused where the pod itself asked.
import type { Diagnostic } from '../base/index.ts';
import { PROXY_UID } from '../compile/index.ts';
import { type DiagnosticCode, diagnostic } from '../model/index.ts';
import { fieldsAt, textAt } from './json.ts';
import { type Knobs, readKnobs } from './knobs.ts';
import { GATED_PORTS, INJECT, OUR_CONTAINERS, OUR_PORTS, OUR_VOLUMES, PROXY, REVISION } from './names.ts';
import { type Mode, modeOf, nodeModeFindings } from './node-mode.ts';
import { annotationsOf, containersOf, initContainersOf, labelsOf, originOf, type Pod, portsOf, runningOf, userOf, volumesOf } from './pod.ts';
import type { InjectSettings } from './settings.ts';

export interface NamespaceFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Revisions whose control planes run in the cluster; absent where that is not known. */
  readonly revisions?: ReadonlySet<string>;
}

export type Decision =
  | { readonly kind: 'inject'; readonly mode: Mode; readonly knobs: Knobs; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'leave'; readonly why: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refuse'; readonly diagnostics: readonly Diagnostic[] };

type Wish = 'pod' | 'namespace' | 'command' | { readonly no: string } | { readonly wrong: Diagnostic };

/** Namespaces of Kubernetes itself: a cluster must come up without a mesh. */
const SYSTEM: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

/** Proxies of others, by what they call their container. */
const OTHER_MESHES: Readonly<Record<string, string>> = {
  'istio-proxy': 'Istio',
  'linkerd-proxy': 'Linkerd',
  'kuma-sidecar': 'Kuma',
  'consul-dataplane': 'Consul',
  'envoy-sidecar': 'Consul',
};

/** Who wants the pod to have a proxy, or why it is to have none. What a pod says of itself comes before what its namespace says. */
function wishOf(pod: Pod, namespace: NamespaceFacts, { settings, commanded }: { settings: InjectSettings; commanded: boolean }): Wish {
  if (SYSTEM.has(namespace.name)) return { no: `namespace ${namespace.name} belongs to Kubernetes itself` };
  if (namespace.name === settings.namespace) return { no: `namespace ${namespace.name} is the control plane's own` };
  const annotations = annotationsOf(pod);
  if (annotations['kubernetes.io/config.mirror'] !== undefined) return { no: 'it is a static pod: its node made it, and nobody else can change it' };
  const role = annotations[PROXY];
  if (role === 'gateway' || role === 'node-proxy') return { no: `it is a proxy itself (${PROXY}: ${role})` };
  const own = labelsOf(pod)[INJECT] ?? annotations[INJECT];
  if (own === 'disabled') return { no: `it says ${INJECT}: disabled` };
  if (own !== undefined && own !== 'enabled') {
    const at = originOf(pod, namespace.name, `metadata.${labelsOf(pod)[INJECT] === undefined ? 'annotations' : 'labels'}["${INJECT}"]`);
    return { wrong: diagnostic('WEFT2420', at, `expected enabled or disabled, not "${own}"`) };
  }
  const wanted = labelsOf(pod)[REVISION] ?? namespace.labels[REVISION] ?? '';
  if (!commanded && wanted !== settings.revision && !(wanted === 'default' && settings.revision === ''))
    return { no: wanted === '' ? `it names no revision, and this is ${settings.revision}` : `it is for revision ${wanted}` };
  if (own === 'enabled') return 'pod';
  if (commanded) return 'command';
  return namespace.labels[INJECT] === 'enabled' ? 'namespace' : { no: `namespace ${namespace.name} has no label ${INJECT}: enabled` };
}

/** What makes a proxy of its own impossible. */
function obstacleOf(pod: Pod): { readonly words: string; readonly path: string } | undefined {
  const { spec } = pod;
  if (spec?.['hostNetwork'] === true)
    return { words: 'it shares the network of its node (hostNetwork), so its traffic cannot be told from that of the node', path: 'spec.hostNetwork' };
  const windows = 'it runs on Windows, where Envoy has nothing to capture traffic with';
  if (textAt(fieldsAt(spec, 'os'), 'name') === 'windows') return { words: windows, path: 'spec.os' };
  if (fieldsAt(spec, 'nodeSelector')['kubernetes.io/os'] === 'windows') return { words: windows, path: 'spec.nodeSelector' };
  for (const [list, containers] of Object.entries({ initContainers: initContainersOf(pod), containers: containersOf(pod) })) {
    const at = containers.findIndex((container) => Object.hasOwn(OTHER_MESHES, textAt(container, 'name')));
    if (at >= 0)
      return { words: `it has the proxy of ${OTHER_MESHES[textAt(containers[at], 'name')]}; two would capture the same traffic`, path: `spec.${list}[${at}]` };
  }
  return undefined;
}

/** What stands in the proxy's place. `pod` is without what was injected before. */
function clashesOf(pod: Pod, namespace: string, interception: InjectSettings['interception']): readonly Diagnostic[] {
  const taken = interception === 'cni' ? GATED_PORTS : OUR_PORTS;
  const say = (code: DiagnosticCode, path: string, words: string): Diagnostic => diagnostic(code, originOf(pod, namespace, path), words);
  const ports = runningOf(pod).flatMap(({ container, path }) =>
    portsOf(container).flatMap(({ containerPort }, at) =>
      taken.includes(Number(containerPort)) ? [say('WEFT2424', `${path}.ports[${at}]`, `port ${String(containerPort)} is the proxy's in every pod`)] : [],
    ),
  );
  const users = runningOf(pod).flatMap(({ container, path }) =>
    userOf(pod, container) === PROXY_UID
      ? [say('WEFT2425', path, `container ${textAt(container, 'name')} runs as user ${PROXY_UID}, the proxy's: nothing of it would be captured`)]
      : [],
  );
  const named = [...initContainersOf(pod), ...containersOf(pod)].filter((container) => OUR_CONTAINERS.has(textAt(container, 'name')));
  const volumes = volumesOf(pod).filter((volume) => OUR_VOLUMES.has(textAt(volume, 'name')));
  return [
    ...ports,
    ...users,
    ...named.map((container) => say('WEFT2426', 'spec', `the container ${textAt(container, 'name')} has the name of one of the proxy's`)),
    ...volumes.map((volume) => say('WEFT2426', 'spec.volumes', `the volume ${textAt(volume, 'name')} has the name of one of the proxy's`)),
  ];
}

function knobsOf(pod: Pod, namespace: string): { readonly knobs: Knobs; readonly diagnostics: readonly Diagnostic[] } {
  const { knobs, problems } = readKnobs(annotationsOf(pod));
  const diagnostics = problems.map((problem): Diagnostic => {
    const at = originOf(pod, namespace, `metadata.annotations["${problem.annotation}"]`);
    if (problem.kind === 'bad') return diagnostic('WEFT2420', at, problem.words);
    const meant = problem.meant === undefined ? '' : `; did you mean ${problem.meant}?`;
    return diagnostic('WEFT2421', at, `nothing reads the annotation ${problem.annotation}${meant}`);
  });
  return { knobs, diagnostics };
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';

const proxyLabelWords = (value: string): string =>
  value === 'sidecar' || value === 'node'
    ? `the label says which proxy pods get, and nothing says that they get one (${INJECT}: enabled)`
    : `the value "${value}" is neither sidecar nor node: pods get sidecars`;

/** What a namespace says that stands against its pods having proxies. */
export function namespaceFindings({ name, labels, revisions }: NamespaceFacts, interception: InjectSettings['interception'] = 'init'): readonly Diagnostic[] {
  const at = { kind: 'Namespace', namespace: '', name, path: `metadata.labels["${ENFORCE}"]` };
  const level = labels[ENFORCE];
  const inject = labels[INJECT];
  const proxy = labels[PROXY];
  const wrong = inject === undefined || inject === 'enabled' || inject === 'disabled';
  const revision = labels[REVISION];
  return [
    ...(revision === undefined || inject !== 'enabled' || revisions === undefined || revisions.size === 0 || revisions.has(revision)
      ? []
      : [
          diagnostic(
            'WEFT2432',
            { ...at, path: `metadata.labels["${REVISION}"]` },
            `no control plane of revision "${revision}" is here: pods get no proxies; there is ${[...revisions].sort().join(', ')}`,
          ),
        ]),
    ...(wrong
      ? []
      : [
          diagnostic('WEFT2431', { ...at, path: `metadata.labels["${INJECT}"]` }, `the value "${inject}" is neither enabled nor disabled: pods get no proxies`),
        ]),
    ...(proxy === undefined || ((proxy === 'sidecar' || proxy === 'node') && inject !== undefined)
      ? []
      : [diagnostic('WEFT2485', { ...at, path: `metadata.labels["${PROXY}"]` }, proxyLabelWords(proxy))]),
    ...(interception === 'init' && proxy !== 'node' && inject === 'enabled' && (level === 'baseline' || level === 'restricted')
      ? [
          diagnostic(
            'WEFT2427',
            at,
            `namespace ${name} enforces ${level}, which refuses the capability NET_ADMIN of weft-init`,
            `let it enforce privileged and warn of ${level}: kubectl label --overwrite namespace ${name} ${ENFORCE}=privileged pod-security.kubernetes.io/warn=${level}`,
          ),
        ]
      : []),
  ];
}

/** `pod` is without what was injected before (strip.ts). */
export function decide(pod: Pod, namespace: NamespaceFacts, how: { readonly settings: InjectSettings; readonly commanded: boolean }): Decision {
  const wish = wishOf(pod, namespace, how);
  if (typeof wish === 'object') return 'wrong' in wish ? { kind: 'refuse', diagnostics: [wish.wrong] } : { kind: 'leave', why: wish.no, diagnostics: [] };
  const obstacle = obstacleOf(pod);
  if (obstacle !== undefined) {
    const at = originOf(pod, namespace.name, obstacle.path);
    if (wish === 'pod') return { kind: 'refuse', diagnostics: [diagnostic('WEFT2423', at, `the pod says ${INJECT}: enabled, and ${obstacle.words}`)] };
    return { kind: 'leave', why: obstacle.words, diagnostics: [diagnostic('WEFT2422', at, obstacle.words)] };
  }
  const mode = modeOf(pod, namespace.labels);
  if (typeof mode === 'object') {
    const at = originOf(pod, namespace.name, mode.path);
    return { kind: 'refuse', diagnostics: [diagnostic('WEFT2420', at, `expected sidecar or node, not "${mode.wrong}"`)] };
  }
  const read = knobsOf(pod, namespace.name);
  const interception = mode === 'node' ? 'cni' : how.settings.interception;
  const diagnostics = [
    ...clashesOf(pod, namespace.name, interception),
    ...(mode === 'node' ? nodeModeFindings(pod, namespace.name, how) : []),
    ...read.diagnostics,
    ...(wish === 'command' ? [] : namespaceFindings({ ...namespace, labels: { ...namespace.labels, [INJECT]: 'enabled' } }, interception)),
  ];
  if (diagnostics.some(({ severity }) => severity === 'error')) return { kind: 'refuse', diagnostics };
  return { kind: 'inject', mode, knobs: read.knobs, diagnostics };
}
