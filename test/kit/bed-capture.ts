// What crosses the pod networks of all nodes while something is done there.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './shop.ts';

/** What a packet from loopback to loopback has in its head. Nothing else on these nodes speaks so on a port that is listened to. */
const LAST = Buffer.from([127, 0, 0, 1, 127, 0, 0, 1]);

/**
 * Listens in the network of one node, at every pod's end there; the answer stops and gives what was heard. Packets come to the listener some time after they
 * went by, in their order: the last is one of our own (a connection that nobody takes), and it is waited for.
 */
async function listen(node: string, port: number, file: string): Promise<() => Promise<Buffer>> {
  const inside = [`--net=/run/netns/${node}`];
  const listening = spawn('nsenter', [...inside, 'tcpdump', '-i', 'any', '--immediate-mode', '-U', '-s', '0', '-w', file, `tcp port ${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => listening.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    listening.stderr.on('data', (text: Buffer) => String(text).includes('listening on') && resolve());
    listening.once('error', reject);
    listening.once('exit', () => reject(new Error('tcpdump ended')));
  });
  return async () => {
    spawnSync('nsenter', [...inside, 'bash', '-c', `< /dev/tcp/127.0.0.1/${port}`]);
    await eventually('the last packet', async () => (readFileSync(file).includes(LAST) ? true : undefined), 600);
    listening.kill('SIGINT');
    await ended;
    return readFileSync(file);
  };
}

/** The bytes of all packets of a TCP port, while `done` runs. */
export async function captured(port: number, done: () => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-capture-'));
  const ours = new RegExp(`^${process.env['NSPREFIX'] ?? 'kb'}\\d+$`);
  const nodes = readdirSync('/run/netns').filter((name) => ours.test(name));
  const stops = await Promise.all(nodes.map((node) => listen(node, port, join(folder, node))));
  const pieces: Buffer[] = [];
  try {
    await done();
  } finally {
    for (const stop of stops) pieces.push(await stop());
    await rm(folder, { recursive: true });
  }
  return Buffer.concat(pieces);
}
