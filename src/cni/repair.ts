// Pods that were made while nothing asked us: before the agent was on their node, or because somebody took our configuration away. Their proxies wait at
// the gate (GATE_PORT) and nothing of theirs has run, so all that is to be done is what was left out.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CAPTURE } from '../inject/index.ts';
import type { Capture, PodNetwork } from './capture.ts';
import { PROGRAMS } from './rules.ts';

const run = promisify(execFile);

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsAt = (value: unknown, ...path: readonly string[]): Fields => {
  const found = path.reduce<unknown>((at, name) => (isFields(at) ? at[name] : undefined), value);
  return isFields(found) ? found : {};
};
const listAt = (value: Fields, name: string): readonly Fields[] => (Array.isArray(value[name]) ? value[name].filter(isFields) : []);
const textAt = (value: Fields, name: string): string => (typeof value[name] === 'string' ? value[name] : '');

/** The container that waits at the gate. */
const PROXY_CONTAINER = 'weft-proxy';
/** A proxy that hears the control plane is ready in a second or two. */
const PATIENCE_MS = 8000;

/** What is known of a pod whose proxy has been waiting for a while; undefined of every other pod. Total. */
export function waitingPod(pod: unknown, nowMs: number): Omit<PodNetwork, 'netns' | 'sandbox'> | undefined {
  const [metadata, status] = [fieldsAt(pod, 'metadata'), fieldsAt(pod, 'status')];
  const annotations = Object.fromEntries(
    Object.entries(fieldsAt(metadata, 'annotations')).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  if (annotations[CAPTURE] !== 'sidecar' || metadata['deletionTimestamp'] !== undefined) return undefined;
  const proxy = listAt(status, 'initContainerStatuses').find(({ name }) => name === PROXY_CONTAINER);
  const since = Date.parse(textAt(fieldsAt(proxy, 'state', 'running'), 'startedAt'));
  if (proxy === undefined || proxy['started'] === true || Number.isNaN(since) || nowMs - since < PATIENCE_MS) return undefined;
  const addresses = listAt(status, 'podIPs').map((each) => textAt(each, 'ip'));
  if (addresses.length === 0) return undefined;
  const [namespace, name, uid] = [textAt(metadata, 'namespace'), textAt(metadata, 'name'), textAt(metadata, 'uid')];
  return { pod: { namespace, name, uid }, annotations, interface: 'eth0', addresses, previous: undefined };
}

/** Addresses in a network namespace; none where it is gone. */
async function addressesIn(netns: string, signal: AbortSignal): Promise<readonly string[]> {
  const script = 'Object.values(os.networkInterfaces()).flat().map((each)=>each.address).join()';
  const asked = run(PROGRAMS.nsenter, [`--net=${netns}`, '--', process.execPath, '-p', script], { signal });
  return asked.then(
    ({ stdout }) => stdout.trim().split(','),
    () => [],
  );
}

/** The namespace that has one of the addresses, among those that runtimes keep in `folder`; undefined when there is none. */
export async function netnsOf(addresses: readonly string[], folder: string, signal: AbortSignal): Promise<string | undefined> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const there = await addressesIn(path, signal);
    if (addresses.some((address) => there.includes(address))) return path;
  }
  return undefined;
}

export interface RepairOptions {
  readonly capture: Capture;
  /** Where runtimes keep network namespaces, as it is seen from here. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export type Repaired = 'not needed' | 'repaired' | { readonly failed: string };

/** Sees whether the pod's rules are there, and does what was left out. Never rejects. */
export async function repair(pod: Omit<PodNetwork, 'netns' | 'sandbox'>, { capture, folder, signal }: RepairOptions): Promise<Repaired> {
  try {
    const netns = await netnsOf(pod.addresses, folder, signal);
    if (netns === undefined) return { failed: `no network namespace in ${folder} has its address` };
    const network = { ...pod, netns, sandbox: '' };
    if ((await capture.check(network, signal)).ok) return 'not needed';
    const done = await capture.add(network, signal);
    return done.ok ? 'repaired' : { failed: done.error.message };
  } catch (error) {
    return { failed: String(error) };
  }
}
