// The socket at which a node takes applications in. It joins for each with the application's own join token and shows its own token beside: so
// the control plane knows that both want it. It keeps a workload's token only to leave for one whose `weft run` was killed.
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type JoinReply, type JoinRequest, type NodeWelcome, type ToNode, ToNodeSchema } from '../../api/index.ts';
import { WeftError } from '../../base/index.ts';
import { machineError, wordsOf } from '../errors.ts';
import { readLines, say } from './protocol.ts';

export interface NodeDoorOptions {
  /** In a folder of this user alone: until its mode is set a socket is open to whoever can reach it. */
  readonly path: string;
  readonly welcome: NodeWelcome;
  /** Joins for an application, as the node. */
  readonly join: (request: Omit<JoinRequest, 'envoy'>) => Promise<JoinReply>;
  /** Leaves for one that cannot any more; the lease ends by itself where this fails. */
  readonly leave: (token: string) => Promise<void>;
  readonly tell: (line: string) => void;
}

interface Guest {
  workload: string;
  token: string;
}

export class NodeDoor {
  readonly #options: NodeDoorOptions;
  readonly #server: Server;
  readonly #guests = new Map<Socket, Guest>();

  private constructor(options: NodeDoorOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#enter(socket));
  }

  /** Throws `machine/usage` when a node answers at this socket. */
  static async refuseTaken(path: string): Promise<void> {
    if (await answers(path)) throw machineError('machine/usage', `a node of this name runs already on this machine (${path})`);
  }

  /** Throws `machine/usage` when a node of this name runs already. */
  static async open(options: NodeDoorOptions): Promise<NodeDoor> {
    await NodeDoor.refuseTaken(options.path);
    rmSync(options.path, { force: true });
    const door = new NodeDoor(options);
    await new Promise<void>((resolve, reject) => {
      door.#server.once('error', reject);
      door.#server.listen(options.path, resolve);
    });
    chmodSync(options.path, 0o600);
    return door;
  }

  /** Workloads that are here now. */
  get workloads(): readonly string[] {
    return [...this.#guests.values()].map(({ workload }) => workload);
  }

  #enter(socket: Socket): void {
    socket.on('error', () => {});
    say(socket, this.#options.welcome);
    readLines(socket, (value) => {
      const read = ToNodeSchema.safeParse(value);
      if (read.success) this.#hear(socket, read.data);
      else say(socket, { kind: 'refused', code: 'bad-request', message: 'weft run and weft node are of versions that do not fit', retryable: false });
    });
    socket.once('close', () => void this.#gone(socket));
  }

  #hear(socket: Socket, message: ToNode): void {
    if (message.kind === 'token') this.#guests.set(socket, { workload: message.workload, token: message.token });
    else if (message.kind === 'left') this.#guests.delete(socket);
    else void this.#join(socket, message.request);
  }

  async #join(socket: Socket, request: Omit<JoinRequest, 'envoy'>): Promise<void> {
    try {
      const reply = await this.#options.join(request);
      this.#guests.set(socket, { workload: reply.workload, token: reply.proxyToken });
      say(socket, { kind: 'joined', reply });
      if (socket.destroyed) await this.#gone(socket);
      else this.#options.tell(`serves ${reply.workload}`);
    } catch (error) {
      const known = error instanceof WeftError ? { code: error.code, retryable: error.class.retryable } : { code: 'internal', retryable: false };
      say(socket, { kind: 'refused', message: wordsOf(error), ...known });
    }
  }

  async #gone(socket: Socket): Promise<void> {
    const guest = this.#guests.get(socket);
    this.#guests.delete(socket);
    if (guest === undefined) return;
    this.#options.tell(`${guest.workload} is gone without leaving: left for it`);
    await this.#options.leave(guest.token).catch(() => {});
  }

  /** Takes nobody in any more; those that are here notice, and stay registered: their own leases hold. */
  async close(): Promise<void> {
    const sockets = [...this.#guests.keys()];
    this.#guests.clear();
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    rmSync(this.#options.path, { force: true });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
