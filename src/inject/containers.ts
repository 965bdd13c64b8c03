// What a pod gets: an init container that captures its traffic and ends, a sidecar that goes on, and the volumes of the sidecar.
import { GATE_PORT, POD_ADDRESS_VARIABLE, POD_MEMORY_VARIABLE, PROXY_FOLDER, PROXY_UID, READY_PORT, TOKEN_FOLDER, TRUST_FOLDER } from '../compile/index.ts';
import { type Fields, fieldsAt, isFields } from './json.ts';
import type { Knobs } from './knobs.ts';
import { PROXY_CONTAINER, RULES_CONTAINER, RUN_VOLUME, TOKEN_AUDIENCE, TOKEN_SECONDS, TOKEN_VOLUME, TRUST_CONFIG_MAP, TRUST_VOLUME } from './names.ts';
import { containersOf, initContainersOf, type Pod } from './pod.ts';
import type { InjectSettings, Resources } from './settings.ts';

/** By way of the rules where they come from outside: without them nothing answers, and no container of the application starts. */
const readyAt = ({ interception }: InjectSettings): Fields => ({
  httpGet: { path: '/ready', port: interception === 'cni' ? GATE_PORT : READY_PORT, scheme: 'HTTP' },
});
/** As long as the control plane may be away while a pod starts; then the proxy starts anew, and the pod goes on waiting. */
const START_SECONDS = 600;

const imageOf = ({ image, imagePullPolicy }: InjectSettings): Fields => ({ image, ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }) });

/**
 * Captures the traffic of the pod's network namespace: root with nothing but NET_ADMIN, which a user that is not root would not get
 * (Kubernetes gives no ambient capabilities).
 */
export function rulesContainer(settings: InjectSettings, rules: string, resources: Resources | undefined): Fields {
  return {
    name: RULES_CONTAINER,
    ...imageOf(settings),
    command: [settings.nft, rules],
    ...(resources === undefined ? {} : { resources }),
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      runAsNonRoot: false,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

/** Envoy, in front of everything that starts after it, and there until everything else has ended. */
export function proxyContainer(
  settings: InjectSettings,
  knobs: Knobs,
  made: { readonly bootstrap: string; readonly resources: Resources | undefined },
): Fields {
  const who = '$(POD_NAMESPACE)/$(POD_NAME)';
  return {
    name: PROXY_CONTAINER,
    ...imageOf(settings),
    restartPolicy: 'Always',
    command: [settings.envoy],
    args: [
      '--config-yaml',
      made.bootstrap,
      '--service-node',
      who,
      '--service-cluster',
      who,
      '--log-level',
      knobs.logLevel ?? settings.logLevel,
      '--concurrency',
      String(knobs.concurrency ?? settings.concurrency),
      '--disable-hot-restart',
    ],
    env: [
      fromPod('POD_NAME', 'metadata.name'),
      fromPod('POD_NAMESPACE', 'metadata.namespace'),
      fromPod(POD_ADDRESS_VARIABLE, 'status.podIP'),
      { name: POD_MEMORY_VARIABLE, valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1' } } },
    ],
    startupProbe: { ...readyAt(settings), periodSeconds: 1, timeoutSeconds: 2, failureThreshold: START_SECONDS },
    readinessProbe: { ...readyAt(settings), periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
    ...(made.resources === undefined ? {} : { resources: made.resources }),
    securityContext: {
      runAsUser: PROXY_UID,
      runAsGroup: PROXY_UID,
      runAsNonRoot: true,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: RUN_VOLUME, mountPath: PROXY_FOLDER },
      { name: TOKEN_VOLUME, mountPath: TOKEN_FOLDER, readOnly: true },
      { name: TRUST_VOLUME, mountPath: TRUST_FOLDER, readOnly: true },
    ],
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
}

const fromPod = (name: string, fieldPath: string): Fields => ({ name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } });

/** In memory: a volume on the node's disk keeps autoscalers from emptying the node. A pod waits until the control plane has written the trust anchors. */
export function volumes(): readonly Fields[] {
  return [
    { name: RUN_VOLUME, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    {
      name: TOKEN_VOLUME,
      projected: { sources: [{ serviceAccountToken: { audience: TOKEN_AUDIENCE, expirationSeconds: TOKEN_SECONDS, path: 'token' } }] },
    },
    { name: TRUST_VOLUME, configMap: { name: TRUST_CONFIG_MAP } },
  ];
}

/** Every container says what it needs and gets no more: then the pod is of the class Guaranteed, which it would lose by one that does not. */
export function isGuaranteed(pod: Pod): boolean {
  const all = [...containersOf(pod), ...initContainersOf(pod)];
  return all.every((container) => {
    const limits = fieldsAt(fieldsAt(container, 'resources'), 'limits');
    const requests = fieldsAt(fieldsAt(container, 'resources'), 'requests');
    return ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] === undefined || requests[name] === limits[name]));
  });
}

/** Held to what it asks for otherwise, a proxy would be slow. */
const GUARANTEED_CPU = '500m';

/** What the proxy asks for and may have. Undefined where the pod says so as a whole (KEP-2837): the proxy takes its share of that. */
export function resourcesFor(pod: Pod, { resources }: InjectSettings, knobs: Knobs): Resources | undefined {
  if (isFields(pod.spec?.['resources'])) return undefined;
  const requests = {
    ...resources.requests,
    ...(knobs.cpu === undefined ? {} : { cpu: knobs.cpu }),
    ...(knobs.memory === undefined ? {} : { memory: knobs.memory }),
  };
  const limits = {
    ...resources.limits,
    ...(knobs.cpuLimit === undefined ? {} : { cpu: knobs.cpuLimit }),
    ...(knobs.memoryLimit === undefined ? {} : { memory: knobs.memoryLimit }),
  };
  if (!isGuaranteed(pod)) return { requests, limits };
  const all = { ...requests, cpu: knobs.cpu ?? GUARANTEED_CPU, ...limits };
  return { requests: all, limits: all };
}

/** The init container needs next to nothing, for a moment; a pod's class counts it all the same. */
export function rulesResources(pod: Pod): Resources | undefined {
  if (isFields(pod.spec?.['resources'])) return undefined;
  const some = { cpu: '10m', memory: '32Mi' };
  return isGuaranteed(pod) ? { requests: some, limits: some } : { requests: some, limits: { memory: '32Mi' } };
}
