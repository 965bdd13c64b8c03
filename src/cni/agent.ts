// The agent's end: a socket that only root may open, on which plugins ask for pods.
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { CAPTURE } from '../inject/index.ts';
import type { Capture, Captures, PodNetwork } from './capture.ts';
import { addressesOf, CNI_ERRORS, type CniReply, type CniRequest, readRequest } from './protocol.ts';

export interface AgentOptions {
  readonly socket: string;
  readonly captures: Captures;
  /** Annotations of a pod, for runtimes that do not pass them on; undefined where nobody can say. */
  readonly annotations: (pod: CniRequest['pod']) => Promise<Readonly<Record<string, string>> | undefined>;
  /** Where a namespace of the host is for the agent. */
  readonly netns?: (path: string) => string;
  readonly tell: (words: string, details: Readonly<Record<string, unknown>>) => void;
  /** How long one pod may take. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 25_000;
const MOST_CHARS = 8 * 1024 * 1024;
const GRANTED: CniReply = { kind: 'granted' };

const refused = (code: number, message: string): CniReply => ({ kind: 'refused', code, message });

export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #server: Server;
  readonly #ending = new AbortController();

  private constructor(options: AgentOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
  }

  /** Listens. A socket that is there is a former agent's, and is replaced. Rejects where it cannot be made. */
  static async open(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options);
    rmSync(options.socket, { force: true });
    // A thread has no mask of its own (tests): there the mode comes a moment later.
    const mask = isMainThread ? process.umask(0o177) : undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        agent.#server.once('error', reject);
        agent.#server.listen(options.socket, resolve);
      });
    } finally {
      if (mask !== undefined) process.umask(mask);
    }
    chmodSync(options.socket, 0o600);
    return agent;
  }

  #take(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > MOST_CHARS) socket.destroy();
    });
    socket.once('end', () => {
      void this.#answered(text).then((reply) => socket.end(JSON.stringify(reply)));
    });
  }

  /** Never rejects. */
  async #answered(text: string): Promise<CniReply> {
    const request = readRequest(text);
    if (!request.ok) return refused(CNI_ERRORS.decoding, `the agent of weft was sent what is no request: ${request.error}`);
    const reply = await this.answer(request.value).catch((error: unknown) => refused(CNI_ERRORS.later, String(error)));
    if (reply.kind === 'refused') {
      const { pod, command } = request.value;
      this.#options.tell('a pod does not start yet', { command, pod: `${pod.namespace}/${pod.name}`, why: reply.message });
    }
    return reply;
  }

  /** What becomes of one request. May reject: then the pod does not start. */
  async answer(request: CniRequest): Promise<CniReply> {
    const annotations = request.annotations ?? (await this.#options.annotations(request.pod));
    // Nobody can say: a pod of ours does not start by itself without rules, and others are not held up.
    if (annotations === undefined) return GRANTED;
    const way = annotations[CAPTURE] ?? '';
    if (way === '') return GRANTED;
    const capture = this.#options.captures[way];
    if (capture === undefined) {
      if (request.command === 'DEL') return GRANTED;
      return refused(CNI_ERRORS.later, `the pod says ${CAPTURE}: ${way}, which the agent of this node does not do`);
    }
    return this.#done(capture, request, annotations);
  }

  async #done(capture: Capture, request: CniRequest, annotations: PodNetwork['annotations']): Promise<CniReply> {
    const { command, netns, previous, pod, sandbox } = request;
    const place = netns === '' ? '' : (this.#options.netns ?? ((path) => path))(netns);
    const network: PodNetwork = { pod, sandbox, annotations, netns: place, interface: request.interface, addresses: addressesOf(previous), previous };
    if (command === 'DEL') {
      await capture.remove(network);
      return GRANTED;
    }
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(this.#options.patienceMs ?? PATIENCE_MS)]);
    const result = await (command === 'ADD' ? capture.add(network, signal) : capture.check(network, signal));
    if (result.ok) return GRANTED;
    return refused(result.error.later ? CNI_ERRORS.later : CNI_ERRORS.configuration, result.error.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    rmSync(this.#options.socket, { force: true });
  }
}
