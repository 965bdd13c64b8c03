// What the plugin makes of what a container runtime says, without asking anybody: it decides for all pods that are none of ours, so that they start
// whatever becomes of the agent.
import { CAPTURE } from '../inject/index.ts';
import { AGENT_SOCKET } from './names.ts';
import { CNI_ERRORS, type CniReply, type CniRequest, COMMANDS, readConf, requestOf } from './protocol.ts';

/** What the plugin prints, and how it ends. */
export interface Said {
  readonly stdout: string;
  readonly exit: 0 | 1;
}

export type Reading =
  | { readonly kind: 'say'; readonly said: Said }
  | {
      readonly kind: 'ask';
      readonly request: CniRequest;
      readonly socket: string;
      /** What to say to an answer; undefined: the agent did not answer. */
      readonly hear: (reply: CniReply | undefined) => Said;
    };

const NEWEST = '1.1.0';
/** Results are passed on as they are, so every version that has results of today's shape will do. */
const VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', NEWEST];
const NOTHING: Said = { stdout: '', exit: 0 };

function failed(cniVersion: unknown, code: number, msg: string): Said {
  return { stdout: JSON.stringify({ cniVersion: typeof cniVersion === 'string' ? cniVersion : NEWEST, code, msg }), exit: 1 };
}

const away = ({ namespace, name }: CniRequest['pod']): string =>
  `the agent of weft does not answer on this node, and pod ${namespace}/${name} does not run without the mesh: it is tried again (kubectl get pods -A -l app.kubernetes.io/component=node)`;

/** CNI specification 1.1. Total: whatever is in the environment and on standard input. */
export function readCall(env: Readonly<Record<string, string | undefined>>, stdin: string): Reading {
  const say = (said: Said): Reading => ({ kind: 'say', said });
  const command = COMMANDS.find((each) => each === env['CNI_COMMAND']);
  if (command === undefined) return say(failed(undefined, CNI_ERRORS.environment, `CNI_COMMAND is ${env['CNI_COMMAND'] ?? 'not set'}`));
  const conf = readConf(stdin);
  if (command === 'VERSION') return say({ stdout: JSON.stringify({ cniVersion: conf?.['cniVersion'] ?? NEWEST, supportedVersions: VERSIONS }), exit: 0 });
  if (command === 'GC' || command === 'STATUS') return say(NOTHING);
  if (conf === undefined) return say(failed(undefined, CNI_ERRORS.decoding, 'the configuration on standard input is no JSON'));
  const { cniVersion, prevResult, socket } = conf;
  if (command === 'ADD' && prevResult === undefined)
    return say(failed(cniVersion, CNI_ERRORS.configuration, 'weft-cni is chained after the plugin that makes the network, and there is no prevResult'));
  const well: Said = command === 'ADD' ? { stdout: JSON.stringify(prevResult), exit: 0 } : NOTHING;
  const request = requestOf(command, env, conf);
  if (request.annotations !== undefined && (request.annotations[CAPTURE] ?? '') === '') return say(well);
  return {
    kind: 'ask',
    request,
    socket: typeof socket === 'string' ? socket : AGENT_SOCKET,
    hear: (reply) => {
      if (reply?.kind === 'granted' || command === 'DEL') return well;
      if (reply !== undefined) return failed(cniVersion, reply.code, reply.message);
      // Of a runtime that says nothing of pods: one of ours does not start without rules by itself, and the agent repairs it.
      return request.annotations === undefined ? well : failed(cniVersion, CNI_ERRORS.later, away(request.pod));
    },
  };
}
