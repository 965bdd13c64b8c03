// S-15: a pod is strict from its first packet. Its application listens on every address and port before any proxy does, somebody knocks all the while, and
// nobody comes to it: by IPv4 and IPv6, on ports that are declared and on others. WEFT_STARTS=200 is the drill.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { podRules } from '../../src/compile/index.ts';
import { hasPodNet, PodNet } from '../kit/pod-net.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const { skip } = needs('root, ip, nft', hasPodNet());
/** The most that the addresses of one bridge are enough for is 250. */
const STARTS = Number(process.env['WEFT_STARTS'] ?? 2);
const PORTS = [8080, 9999];
/** So often it is knocked at every address and port of an application that listens. */
const KNOCKS = 5;

/** Greets whoever comes, on all ports and addresses; says at its end how many came. */
const APPLICATION = `
  let came = 0;
  const servers = [${PORTS}].map((port) => require('net').createServer((s) => { came++; s.on('error', () => {}).write('early bird'); }).listen(port, '::'));
  Promise.all(servers.map((s) => new Promise((up) => s.once('listening', up)))).then(() => console.log('listening'));
  process.on('SIGTERM', () => { console.log('came', came); process.exit(0); });`;

/** Knocks at all its targets, again and again, until it is disposed. */
class Prober implements AsyncDisposable {
  readonly #ended: Promise<unknown>[] = [];
  #on = true;
  heard = '';
  readonly knocks = new Map<string, number>();

  at(host: string, port: number): void {
    this.knocks.set(`${host} ${port}`, 0);
    this.#ended.push(this.#knockAt(host, port));
  }

  async #knockAt(host: string, port: number): Promise<void> {
    while (this.#on) {
      const socket = connect({ host, port, timeout: 40 });
      socket.on('timeout', () => socket.destroy()).on('error', () => undefined);
      socket.on('data', (chunk) => {
        this.heard += chunk;
        socket.destroy();
      });
      await once(socket, 'close').catch(() => undefined);
      const target = `${host} ${port}`;
      this.knocks.set(target, (this.knocks.get(target) ?? 0) + 1);
      await new Promise((done) => setTimeout(done, 2));
    }
  }

  /** That it has knocked everywhere so often from now on. */
  async round(): Promise<void> {
    const before = new Map(this.knocks);
    await eventually('knocks', async () => ([...this.knocks].every(([target, count]) => count >= (before.get(target) ?? 0) + KNOCKS) ? true : undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#on = false;
    await Promise.all(this.#ended);
  }
}

describe.skipIf(skip)('the start of a pod', () => {
  let net: PodNet;
  beforeAll(() => {
    net = PodNet.open();
  });
  afterAll(() => net?.[Symbol.asyncDispose]());

  function application(space: string): { readonly child: ChildProcess; said(): string } {
    const child = spawn('ip', ['netns', 'exec', space, process.execPath, '-e', APPLICATION], { stdio: ['ignore', 'pipe', 'inherit'] });
    let words = '';
    child.stdout.on('data', (chunk) => {
      words += chunk;
    });
    return { child, said: () => words };
  }

  /** A whole life of a pod, knocked at from the first moment that it has a route. How many came to the application, and what the prober heard. */
  async function life(name: string, rules: boolean): Promise<{ readonly came: string; readonly heard: string; readonly targets: number }> {
    const addresses = [net.pod(name), net.ipv6(name)];
    const space = basename(net.netns(name));
    await using prober = new Prober();
    for (const host of addresses) for (const port of PORTS) prober.at(host, port);
    if (rules) execFileSync('ip', ['netns', 'exec', space, 'nft', podRules()]);
    const { child, said } = application(space);
    await eventually('the application', async () => (said().includes('listening') ? true : undefined));
    await prober.round();
    child.kill('SIGTERM');
    await once(child, 'close');
    return { came: /came (\d+)/.exec(said())?.[1] ?? 'unknown', heard: prober.heard, targets: prober.knocks.size };
  }

  test('without rules the prober is heard, by IPv4 and by IPv6', async () => {
    const { came, heard, targets } = await life('open', false);
    expect([Number(came) >= targets * KNOCKS, heard.includes('early bird'), targets]).toEqual([true, true, 4]);
  });

  test(`S-15 ${STARTS} starts in a row: nobody came to the application, and nothing was heard`, { timeout: 60_000 + STARTS * 10_000 }, async () => {
    const leaks: unknown[] = [];
    for (let n = 0; n < STARTS; n++) {
      const { came, heard } = await life(`p${n}`, true);
      if (came !== '0' || heard !== '') leaks.push([n, came, heard]);
    }
    expect(leaks).toEqual([]);
  });
});
