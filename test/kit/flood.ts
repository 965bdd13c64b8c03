// A process that floods a listener, so that whoever measures has a loop of his own: `idle PORT COUNT` holds connections that say nothing, and opens those
// that are ended again; `malformed COUNT KIND… ` reads the target (JSON) from its input, and sends what no client would. It says how far it is in lines.
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { MALFORMED, type Target } from './malformed.ts';

const AT_ONCE = 32;
const OPENING = 200;
const AGAIN_MS = 1_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Holds `count` connections until the process is ended. */
function idle(port: number, count: number): void {
  let [opening, open, ended, wanted, said] = [0, 0, 0, count, false];
  const more = (): void => {
    while (wanted > 0 && opening < OPENING) {
      wanted--;
      opening++;
      one();
    }
  };
  const one = (): void => {
    const socket: Socket = connect(port, '127.0.0.1');
    let stood = false;
    socket.on('error', () => undefined).resume();
    socket.once('connect', () => {
      stood = true;
      opening--;
      open++;
      if (open >= count * 0.99 && !said) say(`held ${open}`);
      said ||= open >= count * 0.99;
      more();
    });
    socket.once('close', () => {
      if (stood) open--;
      else opening--;
      ended++;
      setTimeout(() => {
        wanted++;
        more();
      }, AGAIN_MS);
    });
  };
  setInterval(() => say(`open ${open} ended ${ended}`), AGAIN_MS);
  more();
}

async function malformed(target: Target, count: number, kinds: readonly string[]): Promise<void> {
  let left = count;
  const started = performance.now();
  const progress = setInterval(() => say(`left ${left}`), AGAIN_MS);
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left > 0) {
        const send = MALFORMED[kinds[left-- % kinds.length] ?? ''];
        await send?.(target);
      }
    }),
  );
  clearInterval(progress);
  say(`sent ${count} in ${Math.round(performance.now() - started)} ms`);
}

const [what = '', ...rest] = process.argv.slice(2);
if (what === 'idle') idle(Number(rest[0]), Number(rest[1]));
else await malformed(JSON.parse(await text(process.stdin)) as Target, Number(rest[0]), rest.slice(1));
