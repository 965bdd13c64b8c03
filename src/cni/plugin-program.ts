// The plugin as a program: the container runtime starts it for every pod, so it loads nothing but Node's own (scripts/build.ts makes one file of it).
import { connect } from 'node:net';
import { readCall, type Said } from './plugin.ts';
import { type CniReply, type CniRequest, readReply } from './protocol.ts';

/** Less than a runtime waits for a sandbox, and more than an agent takes. */
const ANSWER_MS = 30_000;
/** The result of many networks is some kilobytes. */
const MOST_CHARS = 8 * 1024 * 1024;

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.toString();
    if (text.length > MOST_CHARS) break;
  }
  return text;
}

/** Undefined when nobody answers. */
function asked(socket: string, request: CniRequest): Promise<CniReply | undefined> {
  return new Promise((resolve) => {
    const connection = connect({ path: socket, allowHalfOpen: true });
    connection.setEncoding('utf8');
    connection.setTimeout(ANSWER_MS, () => connection.destroy());
    connection.once('connect', () => connection.end(JSON.stringify(request)));
    connection.on('error', () => resolve(undefined));
    connection.once('close', () => resolve(undefined));
    textOf(connection).then(
      (text) => {
        connection.destroy();
        resolve(readReply(text));
      },
      () => resolve(undefined),
    );
  });
}

async function main(): Promise<Said> {
  const reading = readCall(process.env, await textOf(process.stdin));
  return reading.kind === 'say' ? reading.said : reading.hear(await asked(reading.socket, reading.request));
}

main().then(({ stdout, exit }) => {
  process.stdout.write(stdout, () => process.exit(exit));
});
