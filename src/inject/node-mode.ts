// Pods that the proxy of their node serves: which chose it, what they get in place of a proxy, and what of their annotations is for proxies of their own.
import type { Diagnostic } from '../base/index.ts';
import { READY_PORT } from '../compile/index.ts';
import { diagnostic } from '../model/index.ts';
import { type Fields, isFields } from './json.ts';
import { KNOBS, type Knobs } from './knobs.ts';
import { PROXY, WAIT_CONTAINER } from './names.ts';
import { annotationsOf, initContainersOf, labelsOf, originOf, type Pod, withSpec } from './pod.ts';
import type { InjectSettings, Resources } from './settings.ts';

export type Mode = 'sidecar' | 'node';

const isMode = (text: string | undefined): text is Mode => text === 'sidecar' || text === 'node';

/** What a pod says of itself comes before what its namespace says; what means nothing on a namespace is told there, and is as if it were not said. */
export function modeOf(pod: Pod, namespace: Readonly<Record<string, string>>): Mode | { readonly wrong: string; readonly path: string } {
  const label = labelsOf(pod)[PROXY];
  const own = label ?? annotationsOf(pod)[PROXY];
  if (isMode(own)) return own;
  if (own !== undefined) return { wrong: own, path: `metadata.${label === undefined ? 'annotations' : 'labels'}["${PROXY}"]` };
  const said = namespace[PROXY];
  return isMode(said) ? said : 'sidecar';
}

/** Of the knobs that are about a proxy of the pod's own: nobody reads them. */
const OF_SIDECARS: ReadonlySet<keyof Knobs> = new Set(['cpu', 'memory', 'cpuLimit', 'memoryLimit', 'logLevel', 'concurrency']);

/** What stands against a pod that chose its node's proxy, and what of it is ignored. */
export function nodeModeFindings(
  pod: Pod,
  namespace: string,
  { settings, commanded }: { readonly settings: InjectSettings; readonly commanded: boolean },
): readonly Diagnostic[] {
  const at = (path: string) => originOf(pod, namespace, path);
  const absent =
    settings.node === undefined && !commanded
      ? [
          diagnostic(
            'WEFT2486',
            at(`metadata.labels["${PROXY}"]`),
            'the pod is to be served by the proxy of its node, and this installation has none on its nodes',
          ),
        ]
      : [];
  const idle = Object.keys(annotationsOf(pod))
    .filter((name) => Object.hasOwn(KNOBS, name) && OF_SIDECARS.has(KNOBS[name]?.field ?? 'names'))
    .map((name) =>
      diagnostic('WEFT2487', at(`metadata.annotations["${name}"]`), `${name} is about a proxy of the pod's own, and the proxy of its node serves it`),
    );
  return [...absent, ...idle];
}

/**
 * Ends when the node's proxy listens in the pod's namespace. It does so only where the agent of the node has written the rules, so a pod that nobody captured
 * never gets beyond this.
 */
const WAIT = `const { get } = require('node:http');
const ask = () => {
  const later = () => setTimeout(ask, 100);
  get({ host: '127.0.0.1', port: ${READY_PORT}, path: '/ready', agent: false, timeout: 2000 }, (answer) => (answer.statusCode === 200 ? process.exit(0) : later()))
    .on('timeout', function () { this.destroy(); })
    .on('error', later);
};
ask();
process.on('SIGTERM', () => process.exit(143));`;

const SOME = { cpu: '20m', memory: '64Mi' };
const MOST = { cpu: '250m', memory: '128Mi' };

function resourcesOf(pod: Pod, guaranteed: boolean): Resources | undefined {
  if (isFields(pod.spec?.['resources'])) return undefined;
  return guaranteed ? { requests: MOST, limits: MOST } : { requests: SOME, limits: { memory: MOST.memory } };
}

function waitContainer(pod: Pod, settings: InjectSettings, guaranteed: boolean): Fields {
  const resources = resourcesOf(pod, guaranteed);
  return {
    name: WAIT_CONTAINER,
    image: settings.node?.image ?? `weft/control-plane:${settings.version}`,
    ...(settings.imagePullPolicy === undefined ? {} : { imagePullPolicy: settings.imagePullPolicy }),
    command: ['/usr/local/bin/node', '-e', WAIT],
    ...(resources === undefined ? {} : { resources }),
    securityContext: {
      runAsUser: 65_532,
      runAsGroup: 65_532,
      runAsNonRoot: true,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** The pod waits for its node's proxy before anything of its own starts; nothing of it stays. */
export function withWait(pod: Pod, settings: InjectSettings, guaranteed: boolean): Pod {
  return withSpec(pod, 'initContainers', [waitContainer(pod, settings, guaranteed), ...initContainersOf(pod)]);
}
