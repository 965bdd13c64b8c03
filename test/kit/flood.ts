// A process that floods a listener, so that whoever measures has a loop of his own: `idle PORT COUNT` holds connections that say nothing, and opens those
// that are ended again; `hello PORT` begins handshakes as fast as they are answered and leaves the work to the other side; `malformed LISTENER COUNT` reads
// the target (JSON) from its input, and sends what no client would; `noise LISTENER` does so without end. It says how far it is in lines. All but `malformed`
// get the processor when nobody else wants it: who floods is elsewhere.
import { connect, type Socket } from 'node:net';
import { setPriority } from 'node:os';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { judged, MALFORMED, nothing, type Tally, type Target } from './malformed/index.ts';

const OPENING = 200;
/** Handshakes at once. */
const HELLOS = 256;
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

/** What a client says first, whole and right. */
async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const pipe = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _encoding, done) => {
      resolve(bytes);
      done();
    },
  });
  connectTls({ socket: pipe, servername: 'control-plane.weft', ALPNProtocols: ['h2', 'http/1.1'] }).on('error', () => undefined);
  const bytes = await promise;
  pipe.destroy();
  return bytes;
}

/** Begins handshakes and goes when they are answered, until the process is ended. */
async function hello(port: number): Promise<void> {
  const bytes = await clientHello();
  let [begun, answered] = [0, 0];
  const one = (): void => {
    begun++;
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', () => undefined);
    socket.once('data', () => {
      answered++;
      socket.destroy();
    });
    socket.once('close', () => setImmediate(one));
  };
  setInterval(() => say(`begun ${begun} answered ${answered}`), AGAIN_MS);
  for (let n = 0; n < HELLOS; n++) one();
}

function add(to: Tally, from: Tally): void {
  for (const outcome of Object.keys(from) as (keyof Tally)[]) to[outcome] += from[outcome];
}

/** Exactly `count` inputs to a listener that were looked at, of its kinds by their weights; what was not is sent again. */
async function malformed(target: Target, listener: string, count: number): Promise<void> {
  const kinds = Object.entries(MALFORMED[listener] ?? {});
  const heavy = kinds.reduce((sum, [, { weight }]) => sum + weight, 0);
  const tallies = new Map(kinds.map(([name]) => [name, nothing()]));
  const done = (): number => [...tallies.values()].reduce((sum, tally) => sum + judged(tally), 0);
  const words = (): string => [...tallies].map(([name, tally]) => `${name} ${wordsOf(tally)}`).join('; ');
  const started = performance.now();
  const perSecond = (): number => Math.round((done() * 1000) / (performance.now() - started));
  const progress = setInterval(() => say(`done ${done()} of ${count}, ${perSecond()}/s: ${words()}`), AGAIN_MS);
  await Promise.all(
    kinds.map(async ([name, kind], at) => {
      const earlier = kinds.slice(0, at).reduce((sum, [, { weight }]) => sum + Math.floor((count * weight) / heavy), 0);
      let left = at === kinds.length - 1 ? count - earlier : Math.floor((count * kind.weight) / heavy);
      const worker = async (): Promise<void> => {
        while (left > 0) {
          const now = Math.min(kind.batch, Math.ceil(left / kind.atOnce), left);
          left -= now;
          const own = nothing();
          await kind.send(target, now, own);
          add(tallies.get(name) ?? nothing(), own);
          left += now - judged(own);
        }
      };
      await Promise.all(Array.from({ length: kind.atOnce }, worker));
    }),
  );
  clearInterval(progress);
  say(`judged ${done()} in ${((performance.now() - started) / 1000).toFixed(1)} s, ${perSecond()}/s: ${words()}`);
}

const wordsOf = (tally: Tally): string =>
  Object.entries(tally)
    .filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(' ');

const [what = '', ...rest] = process.argv.slice(2);
if (what !== 'malformed') setPriority(Number(process.env['WEFT_FLOOD_NICE'] ?? 19));
if (what === 'idle') idle(Number(rest[0]), Number(rest[1]));
else if (what === 'hello') await hello(Number(rest[0]));
else await malformed(JSON.parse(await text(process.stdin)) as Target, rest[0] ?? '', what === 'noise' ? Number.MAX_SAFE_INTEGER : Number(rest[1]));
