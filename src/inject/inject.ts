// A pod with its proxy: what was injected before is taken away, what is to be there now is put in. So twice is once, and an older one is replaced.
import type { Diagnostic } from '../base/index.ts';
import { podBootstrap } from '../compile/index.ts';
import { isGuaranteed, proxyContainer, resourcesFor, rulesContainer, rulesResources, volumes } from './containers.ts';
import { decide, type NamespaceFacts } from './decision.ts';
import { withDrain, withoutDrain } from './drain.ts';
import { textAt } from './json.ts';
import type { Knobs } from './knobs.ts';
import { CAPTURE, CLUSTER_DOMAIN, INJECTED, LEFT_ALONE, NODE_PROBES, OUR_CONTAINERS, OUR_VOLUMES, PROXY } from './names.ts';
import { withWait } from './node-mode.ts';
import { type Operation, patchOf } from './patch.ts';
import { annotationsOf, asPod, initContainersOf, type Pod, volumesOf, withAnnotations, withSpec } from './pod.ts';
import { restoreProbes, rewriteProbes } from './probes.ts';
import { withoutPulls, withPulls } from './pulls.ts';
import { recordOf, recordText } from './record.ts';
import { domainAsked, rulesFor } from './rules.ts';
import type { InjectSettings } from './settings.ts';

export interface Question {
  readonly pod: unknown;
  readonly namespace: NamespaceFacts;
  readonly settings: InjectSettings;
  /** Somebody asked for these very pods (`weft inject`): no label needs to. */
  readonly commanded?: boolean;
}

export type Injection =
  | { readonly kind: 'injected'; readonly pod: Pod; readonly patch: readonly Operation[]; readonly diagnostics: readonly Diagnostic[] }
  /** `pod` may be marked with the reason. */
  | { readonly kind: 'left'; readonly why: string; readonly pod: Pod; readonly patch: readonly Operation[]; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

/** Without the containers, volumes, probes and times that `inject` put there; the same pod where it put none. */
export function strip(pod: Pod): Pod {
  const record = recordOf(pod);
  if (record === undefined) return withAnnotations(pod, { [LEFT_ALONE]: undefined });
  const own = withoutPulls(withoutDrain(restoreProbes(pod, record.before.handlers), record.before), record.before.pulls);
  const left = initContainersOf(own).filter((container) => !OUR_CONTAINERS.has(textAt(container, 'name')));
  const kept = volumesOf(own).filter((volume) => !OUR_VOLUMES.has(textAt(volume, 'name')));
  const bare = withSpec(withSpec(own, 'initContainers', left.length === 0 ? undefined : left), 'volumes', kept.length === 0 ? undefined : kept);
  return withAnnotations(bare, Object.fromEntries([INJECTED, PROXY, CAPTURE, CLUSTER_DOMAIN, NODE_PROBES, LEFT_ALONE].map((name) => [name, undefined])));
}

/** Total: whatever the pod is. */
export function inject(question: Question): Injection {
  const given = asPod(question.pod);
  const pod = strip(given);
  const decision = decide(pod, question.namespace, { settings: question.settings, commanded: question.commanded === true });
  if (decision.kind === 'refuse') return { kind: 'refused', diagnostics: decision.diagnostics };
  if (decision.kind === 'leave') {
    // Only what somebody could wonder about is marked.
    const marked = decision.diagnostics.length === 0 ? pod : withAnnotations(pod, { [LEFT_ALONE]: decision.why });
    return { kind: 'left', why: decision.why, pod: marked, patch: patchOf(given, marked), diagnostics: decision.diagnostics };
  }
  const made = decision.mode === 'node' ? withNode(pod, decision.knobs, question) : withProxy(pod, decision.knobs, question);
  return { kind: 'injected', pod: made.pod, patch: patchOf(given, made.pod), diagnostics: [...decision.diagnostics, ...made.diagnostics] };
}

/** What both kinds of proxy ask of a pod: probes that reach its application, and time to be heard of before it ends. */
function prepared(pod: Pod, { excludeInboundPorts = [], ...knobs }: Knobs, { namespace, settings }: Question) {
  const probed = knobs.rewriteProbes === false ? { pod, targets: [], handlers: {}, diagnostics: [] } : rewriteProbes(pod, namespace.name, excludeInboundPorts);
  const pulling = withPulls(probed.pod, settings.pullSecrets ?? []);
  const drained = withDrain(pulling.pod, knobs.drainSeconds ?? settings.drainSeconds);
  const record = recordText({
    version: settings.version,
    revision: settings.revision,
    before: { handlers: probed.handlers, ...drained.before, pulls: pulling.pulls },
  });
  return { probed, drained, record };
}

/** A pod that its node's proxy serves: it waits for that, and says what its probes ask. */
function withNode(pod: Pod, knobs: Knobs, question: Question): { readonly pod: Pod; readonly diagnostics: readonly Diagnostic[] } {
  const { probed, drained, record } = prepared(pod, knobs, question);
  const whole = withWait(drained.pod, question.settings, isGuaranteed(pod));
  const probes = probed.targets.length === 0 ? {} : { [NODE_PROBES]: JSON.stringify(probed.targets) };
  const noted = { [PROXY]: 'node', [CAPTURE]: 'node', [CLUSTER_DOMAIN]: domainAsked(knobs, question.settings), ...probes, [INJECTED]: record };
  return { pod: withAnnotations(whole, noted), diagnostics: probed.diagnostics };
}

function withProxy(pod: Pod, knobs: Knobs, question: Question): { readonly pod: Pod; readonly diagnostics: readonly Diagnostic[] } {
  const { settings } = question;
  const { probed, drained, record } = prepared(pod, knobs, question);
  const clusterDomain = domainAsked(knobs, settings);
  const bootstrap = podBootstrap({ xdsAddress: settings.controlPlane, probes: probed.targets });
  // First of all: init containers of the application call others through the proxy, too.
  const containers = [
    ...(settings.interception === 'cni' ? [] : [rulesContainer(settings, rulesFor(knobs, { clusterDomain }), rulesResources(pod))]),
    proxyContainer(settings, knobs, { bootstrap, resources: resourcesFor(pod, settings, knobs) }),
    ...initContainersOf(drained.pod),
  ];
  const whole = withSpec(withSpec(drained.pod, 'initContainers', containers), 'volumes', [...volumesOf(drained.pod), ...volumes()]);
  return {
    pod: withAnnotations(whole, {
      [PROXY]: 'sidecar',
      ...(settings.interception === 'cni' ? { [CAPTURE]: 'sidecar' } : {}),
      [CLUSTER_DOMAIN]: clusterDomain,
      [INJECTED]: record,
    }),
    diagnostics: probed.diagnostics,
  };
}

/** The version that a pod was injected by; undefined of one that was not. */
export function injectedBy(pod: unknown): string | undefined {
  return recordOf(asPod(pod))?.version;
}

/** The control plane that a pod was injected by, '' for the one without a name; undefined of a pod that was not. */
export function revisionOf(pod: unknown): string | undefined {
  return recordOf(asPod(pod))?.revision;
}

/** Whether a pod runs with a proxy, whoever put it there. */
export const hasProxy = (pod: unknown): boolean => annotationsOf(asPod(pod))[PROXY] !== undefined;
