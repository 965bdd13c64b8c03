// What the plugin tells the agent, and hears, over a Unix socket: one JSON value each way, then the end.
import { err, ok, type Result } from '../base/index.ts';
import { ANNOTATIONS } from './names.ts';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsAt = (value: unknown, name: string): Fields => {
  const found = isFields(value) ? value[name] : undefined;
  return isFields(found) ? found : {};
};
const textAt = (value: Fields, name: string): string => (typeof value[name] === 'string' ? value[name] : '');

/** CNI specification 1.1, "Section 2: Execution Protocol". STATUS and GC have nothing to do here. */
export const COMMANDS = ['ADD', 'CHECK', 'DEL', 'GC', 'STATUS', 'VERSION'] as const;
export type CniCommand = (typeof COMMANDS)[number];

/** CNI specification 1.1, "Error": codes below 100 are its own. */
export const CNI_ERRORS = { environment: 4, decoding: 6, configuration: 7, later: 11 } as const;

export interface CniRequest {
  readonly command: 'ADD' | 'CHECK' | 'DEL';
  readonly sandbox: string;
  readonly netns: string;
  readonly interface: string;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** Undefined where the runtime says nothing of them. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly previous: unknown;
}

export type CniReply = { readonly kind: 'granted' } | { readonly kind: 'refused'; readonly code: number; readonly message: string };

/** `CNI_ARGS`: pairs with semicolons between. */
function argumentsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(';').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function annotationsOf(conf: Fields): Readonly<Record<string, string>> | undefined {
  const runtime = fieldsAt(conf, 'runtimeConfig');
  if (!(ANNOTATIONS in runtime)) return undefined;
  return Object.fromEntries(Object.entries(fieldsAt(runtime, ANNOTATIONS)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** What a runtime asks, of the plugin's environment and configuration. Total. */
export function requestOf(command: CniRequest['command'], env: Readonly<Record<string, string | undefined>>, conf: Fields): CniRequest {
  const args = argumentsOf(env['CNI_ARGS'] ?? '');
  const [sandbox = '', netns = '', name = ''] = [env['CNI_CONTAINERID'], env['CNI_NETNS'], env['CNI_IFNAME']];
  const [namespace = '', pod = '', uid = ''] = ['NAMESPACE', 'NAME', 'UID'].map((part) => args[`K8S_POD_${part}`]);
  const { prevResult } = conf;
  return { command, sandbox, netns, interface: name, pod: { namespace, name: pod, uid }, annotations: annotationsOf(conf), previous: prevResult };
}

/** Addresses of a result, without the lengths of their networks. */
export function addressesOf(previous: unknown): readonly string[] {
  const ips = isFields(previous) && Array.isArray(previous['ips']) ? previous['ips'] : [];
  return ips.flatMap((each: unknown) => (isFields(each) && typeof each['address'] === 'string' ? [each['address'].replace(/\/\d+$/, '')] : []));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A request as it was sent; or why it is none. Total. */
export function readRequest(text: string): Result<CniRequest, string> {
  const value = parsed(text);
  if (!isFields(value)) return err('no JSON');
  const command = (['ADD', 'CHECK', 'DEL'] as const).find((each) => each === value['command']);
  if (command === undefined) return err('no command');
  const [pod, annotations] = [fieldsAt(value, 'pod'), value['annotations']];
  const texts = isFields(annotations) ? Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : undefined;
  return ok({
    command,
    sandbox: textAt(value, 'sandbox'),
    netns: textAt(value, 'netns'),
    interface: textAt(value, 'interface'),
    pod: { namespace: textAt(pod, 'namespace'), name: textAt(pod, 'name'), uid: textAt(pod, 'uid') },
    annotations: texts === undefined ? undefined : Object.fromEntries(texts),
    previous: value['previous'],
  });
}

/** An answer as it was sent; undefined of anything else. Total. */
export function readReply(text: string): CniReply | undefined {
  const value = parsed(text);
  if (!isFields(value)) return undefined;
  const { kind, code, message } = value;
  if (kind === 'granted') return { kind };
  return kind === 'refused' && typeof code === 'number' && typeof message === 'string' ? { kind, code, message } : undefined;
}

/** The configuration on a plugin's standard input. Total. */
export function readConf(text: string): Fields | undefined {
  const value = parsed(text);
  return isFields(value) ? value : undefined;
}
