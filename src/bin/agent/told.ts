// What the agent finds, where people look for it: its log, and events of pods and of its node.
import { EventRecorder, type KubeClient, type ResourceType } from '../../kube/index.ts';
import { type DiagnosticCode, diagnosticKind } from '../../model/index.ts';
import type { Log } from '../logger.ts';
import { PODS } from './pods.ts';

const NODES: ResourceType = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

export interface Told {
  pod(code: DiagnosticCode, pod: { readonly namespace: string; readonly name: string; readonly uid: string }, words: string): void;
  node(code: DiagnosticCode, words: string): void;
}

const CONTROLLER = 'weft.dev/node-agent';
const REASONS: Readonly<Record<string, string>> = {
  WEFT2490: 'PluginDoesNotRun',
  WEFT2491: 'ConfigurationNotFirst',
  WEFT2492: 'NoNetworkConfiguration',
  WEFT2493: 'Captured',
  WEFT2494: 'NotCaptured',
};

/** Events are sent and forgotten: what the server does not take is in the log. */
export function openTold({ client, node, log }: { readonly client: KubeClient; readonly node: string; readonly log: Log }): Told {
  const recorder = new EventRecorder({ client, controller: CONTROLLER, instance: node });
  const send = (code: DiagnosticCode, regarding: Parameters<EventRecorder['record']>[0]['regarding'], words: string): void => {
    const hint = diagnosticKind(code)?.hint;
    const note = `${code}: ${words}${hint === undefined ? '' : `; ${hint}`}`;
    log('warn', note, {
      [regarding.type.kind.toLowerCase()]: regarding.name,
      ...(regarding.namespace === undefined ? {} : { namespace: regarding.namespace }),
    });
    void recorder.record({ regarding, severity: 'Warning', reason: REASONS[code] ?? code, action: 'Capture', note });
  };
  return {
    pod: (code, { namespace, name, uid }, words) => send(code, { type: PODS, namespace, name, ...(uid === '' ? {} : { uid }) }, words),
    node: (code, words) => send(code, { type: NODES, name: node, uid: node }, words),
  };
}
