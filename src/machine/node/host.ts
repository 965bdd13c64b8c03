// A workload's side of its node: in place of an Envoy of its own. The connection is kept for as long as the workload lives, and opened again when
// the node was started again: meanwhile the application stands in its namespace and reaches nobody.
import { connect, type Socket } from 'node:net';
import { type FromNode, FromNodeSchema, type JoinReply, type JoinRequest, type NodeWelcome, NodeWelcomeSchema } from '../../api/index.ts';
import { WeftError } from '../../base/index.ts';
import { pause } from '../command.ts';
import { sumStats } from '../envoy-process.ts';
import { machineError } from '../errors.ts';
import { getOverUnix } from '../unix-http.ts';
import { readLines, say } from './protocol.ts';

const HELLO_MS = 5000;
const JOIN_MS = 20_000;
const LONGEST_WAIT_MS = 3000;

export class NodeHost {
  readonly #path: string;
  readonly #tell: (line: string) => void;
  readonly #ending = new AbortController();
  #socket: Socket;
  #welcome: NodeWelcome;
  #known: { readonly workload: string; token: string } | undefined;
  #answer: ((message: FromNode) => void) | undefined;

  private constructor(path: string, tell: (line: string) => void, opened: Opened) {
    this.#path = path;
    this.#tell = tell;
    this.#socket = opened.socket;
    this.#welcome = opened.welcome;
    this.#take(opened);
  }

  /** Throws `machine/unreachable` when there is no node at this socket. */
  static async open(path: string, tell: (line: string) => void): Promise<NodeHost> {
    const opened = await open(path).catch((cause: unknown) => {
      throw machineError('machine/unreachable', `no node answers at ${path}\n  start it: weft node --name NAME (as root)`, { cause });
    });
    return new NodeHost(path, tell, opened);
  }

  /** Name of the node's own workload. */
  get node(): string {
    return this.#welcome.node;
  }

  get adminSocket(): string {
    return this.#welcome.adminSocket;
  }

  /** Joins by the node. Throws what the control plane said, or `machine/unreachable`. */
  async join(request: Omit<JoinRequest, 'envoy'>): Promise<JoinReply> {
    const message = await this.#asked(request);
    if (message.kind === 'refused') {
      const kind = { retryable: message.retryable, grpc: message.retryable ? 14 : 7, http: message.retryable ? 503 : 403 };
      throw new WeftError(message.code, kind, message.message);
    }
    this.#known = { workload: message.reply.workload, token: message.reply.proxyToken };
    return message.reply;
  }

  #asked(request: Omit<JoinRequest, 'envoy'>): Promise<FromNode> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(machineError('machine/unreachable', `the node ${this.node} does not answer`)), JOIN_MS);
      this.#answer = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
      say(this.#socket, { kind: 'join', request });
    });
  }

  /** The workload has another token: the node leaves with it, should we be killed. */
  keepToken(token: string): void {
    if (this.#known === undefined) return;
    this.#known = { ...this.#known, token };
    say(this.#socket, { kind: 'token', ...this.#known });
  }

  #take({ socket, lines }: Opened): void {
    this.#socket = socket;
    lines((value) => {
      const read = FromNodeSchema.safeParse(value);
      if (read.success) this.#answer?.(read.data);
    });
    socket.once('close', () => void this.#openAgain());
    if (socket.destroyed) void this.#openAgain();
  }

  async #openAgain(): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    this.#tell(`the node ${this.node} is gone: the application reaches nobody, and nobody reaches it, until it is there again`);
    for (let waitMs = 200; !signal.aborted; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      await pause(waitMs, signal);
      if (signal.aborted) return;
      const opened = await open(this.#path).catch(() => undefined);
      if (opened === undefined) continue;
      this.#welcome = opened.welcome;
      this.#take(opened);
      if (this.#known !== undefined) say(this.#socket, { kind: 'token', ...this.#known });
      return this.#tell(`the node ${this.node} is there again`);
    }
  }

  /** Waits until the node's proxy has the workload's listeners. Throws `machine/envoy` when it does not within `timeoutMs`. */
  async ready(timeoutMs: number, { listeners, signal }: { readonly listeners: readonly string[]; readonly signal?: AbortSignal }): Promise<void> {
    const until = performance.now() + timeoutMs;
    const wanted = listeners.map((name) => `${name}/${this.#known?.workload}::`);
    while (performance.now() < until && signal?.aborted !== true) {
      const lines = (await getOverUnix(this.adminSocket, '/listeners', 1000))?.body.split('\n') ?? [];
      if (wanted.every((name) => lines.some((line) => line.startsWith(name)))) return;
      await pause(20, signal);
    }
    if (signal?.aborted === true) return;
    throw machineError(
      'machine/envoy',
      `the proxy of node ${this.node} did not take the workload up within ${timeoutMs / 1000} s\n  \`weft proxies\` on the control plane says whether it is connected, and what it refuses`,
    );
  }

  /** Requests that peers have open to the application now; 0 when the node does not answer. */
  async active(): Promise<number> {
    const workload = (this.#known?.workload ?? '').replaceAll(/[.]/g, '\\.');
    const filter = encodeURIComponent(`^cluster\\.inbound.*/${workload}\\.upstream_rq_active$`);
    const answer = await getOverUnix(this.adminSocket, `/stats?filter=${filter}`, 1000);
    return answer === undefined ? 0 : sumStats(answer.body);
  }

  /** Lets go of the node without a word, as when this process is killed. */
  abandon(): void {
    this.#ending.abort();
    this.#socket.destroy();
  }

  /** The workload has left; nothing is to be done for it any more. */
  async close(): Promise<void> {
    this.#ending.abort();
    say(this.#socket, { kind: 'left' });
    await new Promise<void>((resolve) => {
      if (this.#socket.destroyed) return resolve();
      this.#socket.once('close', () => resolve());
      this.#socket.end();
      setTimeout(() => this.#socket.destroy(), 500).unref();
    });
  }
}

interface Opened {
  readonly socket: Socket;
  readonly welcome: NodeWelcome;
  /** Who hears the lines after the first. */
  readonly lines: (hear: (value: unknown) => void) => void;
}

function open(path: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.on('error', () => {});
    let hear: ((value: unknown) => void) | undefined;
    const timer = setTimeout(() => socket.destroy(), HELLO_MS);
    socket.once('close', () => reject(new Error('no welcome')));
    readLines(socket, (value) => {
      if (hear !== undefined) return hear(value);
      const read = NodeWelcomeSchema.safeParse(value);
      clearTimeout(timer);
      if (!read.success) return void socket.destroy();
      hear = () => {};
      resolve({
        socket,
        welcome: read.data,
        lines: (next) => {
          hear = next;
        },
      });
    });
  });
}
