// Questions for names outside the mesh: the proxy inside asks a UDP socket that stands in its namespace but is read here, and we ask
// the host's resolvers. Every question has its own socket, so its port is unpredictable and an answer belongs to one question only.
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { RelayCounts } from './splice.ts';

export interface NamesOptions {
  readonly resolvers: readonly { readonly address: string; readonly port: number }[];
  readonly counts: RelayCounts;
  readonly maxQuestions: number;
  /** Time for one resolver; then the next one is asked. */
  readonly timeoutMs: number;
}

type Resolver = NamesOptions['resolvers'][number];

/** One question to one resolver; undefined when it does not answer in time. */
function askOne(question: Buffer, resolver: Resolver, timeoutMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(resolver.address) ? 'udp6' : 'udp4');
    let finished = false;
    const finish = (answer?: Buffer): void => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(finish, timeoutMs);
    socket.on('error', () => finish());
    socket.on('message', (answer) => {
      if (answer.length >= 12 && answer.readUInt16BE(0) === question.readUInt16BE(0)) finish(answer);
    });
    socket.connect(resolver.port, resolver.address, () => {
      if (!finished) socket.send(question);
    });
  });
}

/** Asks the resolvers in turn; undefined when none answers. */
async function ask(question: Buffer, { resolvers, timeoutMs }: NamesOptions): Promise<Buffer | undefined> {
  for (const resolver of resolvers) {
    const answer = await askOne(question, resolver, timeoutMs);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Serves questions that arrive at `inside` until it is closed. More than `maxQuestions` at once are dropped, as a resolver does. */
export function forwardNames(inside: Socket, options: NamesOptions): void {
  const { counts, maxQuestions } = options;
  let closed = false;
  inside.once('close', () => {
    closed = true;
  });
  inside.on('error', () => counts.failed++);
  inside.on('message', (question, from) => {
    if (question.length < 12) return;
    if (counts.open >= maxQuestions) {
      counts.refused++;
      return;
    }
    counts.opened++;
    counts.open++;
    void ask(question, options).then((answer) => {
      counts.open--;
      if (answer === undefined) counts.failed++;
      else if (!closed) inside.send(answer, from.port, from.address, () => {});
    });
  });
}
