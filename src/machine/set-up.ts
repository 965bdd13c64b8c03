// From nothing to a workload that may carry traffic: Envoy, capture, join, Envoy ready. Every step notes how it is undone, so that an end at
// any point leaves nothing behind.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { JoinReply, JoinRequest } from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import { CAPTURE_WAYS, chooseCapture } from './capture/choose.ts';
import { gatewaySurroundings } from './capture/gateway.ts';
import { nodeSurroundings } from './capture/node.ts';
import { PlaintextDoors } from './capture/plaintext.ts';
import type { Captured, CaptureOrder } from './capture/port.ts';
import { type MachineClient, openMachineClient } from './control-plane.ts';
import { EnvoyProcess } from './envoy-process.ts';
import { machineError, wordsOf } from './errors.ts';
import { heapOfMachine } from './heap.ts';
import { Janitor } from './janitor.ts';
import { Lease } from './lease.ts';
import { type EnvoyBinary, obtainEnvoy, SetupError } from './obtain-envoy.mjs';
import type { RunOptions } from './options.ts';
import { giveTo, openRunFolder, type RunFolder, sweepRuns, writeEnvoyFiles, writeToken, writeTrust } from './run-folder.ts';

/** How long a gateway that is to end still takes connections, while it says on every answer that it is the last one. */
export const LAST_ANSWERS_SECONDS = 5;

/** The outside, as `runWorkload` needs it; tests put their own here. */
export interface RunParts {
  readonly obtain: (onFetch: () => void) => Promise<EnvoyBinary>;
  readonly connect: typeof openMachineClient;
  readonly tell: (line: string) => void;
  /** How long Envoy may take to get its configuration. */
  readonly readyWithinMs: number;
}

export const REAL_PARTS: RunParts = {
  obtain: (onFetch) => obtainEnvoy({ onFetch }),
  connect: openMachineClient,
  tell: (line) => void process.stderr.write(`${line}\n`),
  readyWithinMs: 60_000,
};

/** What is to be undone, last first. */
export type Undo = (() => Promise<void> | void)[];

export interface Standing {
  readonly captured: Captured;
  readonly joined: JoinReply;
  readonly envoy: EnvoyProcess;
  readonly client: MachineClient;
  /** What of the request was about Envoy. */
  readonly request: JoinRequest;
  readonly lease: Lease;
  readonly janitor: Janitor;
}

async function obtain(parts: RunParts): Promise<EnvoyBinary> {
  try {
    return await parts.obtain(() => parts.tell('fetching envoy (once)'));
  } catch (cause) {
    if (cause instanceof SetupError) throw machineError('machine/envoy', cause.message, { cause });
    throw cause;
  }
}

/** The best capture that really comes about: what looked possible and failed when done for real is passed over, and said. */
async function capture(options: RunOptions, order: CaptureOrder): Promise<Captured> {
  for (let ways = CAPTURE_WAYS; ; ) {
    const { way, instead } = await chooseCapture(options.capture, ways);
    const telling = options.verbose || (way.mode === 'explicit' && options.capture === 'auto');
    if (telling) for (const { mode, why } of instead) order.tell(`capture ${mode} is not possible: ${why.join('; ')}`);
    try {
      return await way.prepare(order);
    } catch (cause) {
      const failed = cause instanceof WeftError && cause.code === 'machine/capture-unavailable';
      if (options.capture !== 'auto' || !failed) throw cause;
      order.tell(`capture ${way.mode} did not work: ${wordsOf(cause)}`);
      ways = ways.filter((other) => other.mode !== way.mode);
    }
  }
}

/** Of an application, of a gateway, or of a node. */
function surroundings(options: RunOptions, order: CaptureOrder): Promise<Captured> {
  if (options.node?.role === 'proxy') return nodeSurroundings(order);
  return options.gateway === undefined ? capture(options, order) : gatewaySurroundings(order, options.gateway);
}

/** What tells instances of one service apart. */
export function instanceOf({ instance }: RunOptions): string {
  return instance ?? randomBytes(3).toString('hex');
}

/** What a way of capture needs to know. */
export function captureOrder(options: RunOptions, { folder, janitor, tell }: Pick<CaptureOrder, 'folder' | 'janitor' | 'tell'>): CaptureOrder {
  const { address, controlPlane, upstreams } = options;
  return { folder, ports: options.ports.map(({ port }) => port), address, controlPlane, upstreams, janitor, tell };
}

/** Everything about the workload, and nothing about its proxy. */
export function workloadRequest(
  options: RunOptions,
  captured: Captured,
  { token, instance }: { readonly token: string; readonly instance: string },
): Omit<JoinRequest, 'envoy'> {
  const ports = options.ports.map((port) => ({ ...port, proxyPort: captured.proxyPorts.get(port.port) ?? port.port }));
  return {
    token,
    service: options.service,
    createService: options.createService,
    instance,
    labels: { ...options.labels },
    address: options.address,
    ports,
    zone: options.zone,
    weight: options.weight,
    capture: captured.capture,
    bind: captured.bind,
    hostLoopback: captured.hostLoopback,
    ...(options.gateway === undefined || options.gateway.fallbackPort !== undefined ? {} : { gateway: true }),
    ...(options.node === undefined ? {} : { node: options.node.role }),
  };
}

function envoyRequest(
  { adminSocket, readySocket, tokenFile, tokenDirectory, tokenResource, trustResource }: RunFolder,
  version: string,
  { xdsAddress, heapBytes = heapOfMachine() }: Pick<Captured, 'xdsAddress'> & Pick<RunOptions, 'heapBytes'>,
) {
  return { version, adminSocket, readySocket, tokenFile, tokenDirectory, tokenResource, trustResource, xdsAddress, heapBytes };
}

/** The control plane's refusal in its own words, with what to do next. */
export function refusal(cause: unknown): unknown {
  if (!(cause instanceof WeftError) || cause.class.retryable || cause.code.startsWith('machine/')) return cause;
  const remedy = cause.code === 'unauthenticated' ? '\n  a join token works once and for a short time: make a new one with `weft token create`' : '';
  return machineError('machine/join-refused', `the control plane refuses this workload: ${cause.message}${remedy}`, { cause });
}

/** The join token that this starts with. Throws `machine/join-refused` without. */
export async function firstToken(options: RunOptions): Promise<string> {
  const token = await options.joinToken(false);
  if (token !== undefined) return token;
  throw machineError('machine/join-refused', 'there is no join token\n  give one with --token (`weft token create` on the control plane makes it)');
}

/** Sets everything up to an Envoy that is ready. Throws WeftErrors of this room; what was begun is in `undo`. */
export async function setUp(
  options: RunOptions,
  parts: RunParts,
  { undo, stop, notice }: { readonly undo: Undo; readonly stop: AbortSignal; readonly notice?: (line: string) => void },
): Promise<Standing | undefined> {
  const { tell } = parts;
  const binary = await obtain(parts);
  sweepRuns();
  const folder = openRunFolder(options.service);
  undo.push(() => rmSync(folder.path, { recursive: true, force: true }));
  const janitor = Janitor.open(folder.path);
  undo.push(() => janitor.close());
  const order = captureOrder(options, { folder: folder.path, janitor, tell });
  const captured = await surroundings(options, order);
  undo.push(() => captured.close());
  const token = await firstToken(options);
  const client = await parts.connect(options.controlPlane, token);
  undo.push(() => client.close());
  const request = {
    ...workloadRequest(options, captured, { token, instance: instanceOf(options) }),
    envoy: envoyRequest(folder, binary.version, { ...captured, ...options }),
  };
  if (stop.aborted) return undefined;
  const joined = await client.join(request).catch((cause: unknown) => {
    throw refusal(cause);
  });
  const lease = openLease({ options, parts, client, request, joined, folder, captured });
  undo.push(() => lease.close());
  writeToken(folder, joined.proxyToken);
  writeTrust(folder, joined.rootPem);
  client.trust(joined.rootPem);
  writeEnvoyFiles(folder, joined.bootstrap);
  if (captured.envoyUser !== undefined) giveTo(folder, captured.envoyUser);
  const log = (line: string): void => {
    notice?.(line);
    if (options.verbose) tell(`envoy    | ${line}`);
  };
  const drainSeconds = options.gateway === undefined ? options.drainSeconds : Math.min(options.drainSeconds, LAST_ANSWERS_SECONDS);
  const { workers = 1 } = options;
  const envoy = EnvoyProcess.start({ binary: binary.path, folder, captured, janitor, drainSeconds, workers, tell, log });
  undo.push(() => envoy.stop(5000));
  if (options.gateway === undefined && captured.mode !== 'explicit' && options.ports.length > 0) {
    const doors = PlaintextDoors.open({ folder: folder.path, adminSocket: () => folder.adminSocket, address: options.address, tell });
    undo.push(() => doors.close());
  }
  await envoy.ready(parts.readyWithinMs, stop);
  return { captured, joined, envoy, lease, janitor, client, request };
}

interface LeaseParts {
  readonly options: RunOptions;
  readonly parts: RunParts;
  readonly client: MachineClient;
  readonly request: JoinRequest;
  readonly joined: JoinReply;
  readonly folder: RunFolder;
  readonly captured: Captured;
}

function openLease({ options, parts, client, request, joined, folder, captured }: LeaseParts): Lease {
  return Lease.open({
    client,
    joined,
    keepTrust: (rootPem) => {
      writeTrust(folder, rootPem, captured.envoyUser);
      client.trust(rootPem);
    },
    keepToken: (token) => writeToken(folder, token, captured.envoyUser),
    joinAgain: async () => {
      const token = await options.joinToken(true);
      return token === undefined ? undefined : client.join({ ...request, token });
    },
    tell: parts.tell,
    random: Math.random,
  });
}
