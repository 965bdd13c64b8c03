// What crosses the pod networks of all nodes while something is done there.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Listens in the network of one node, at every pod's end there; the answer stops and gives what was heard. */
async function listen(node: string, filter: string, file: string): Promise<() => Promise<Buffer>> {
  const listening = spawn('nsenter', [`--net=/run/netns/${node}`, 'tcpdump', '-i', 'any', '--immediate-mode', '-U', '-s', '0', '-w', file, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => listening.once('exit', resolve));
  await new Promise<void>((resolve, reject) => {
    listening.stderr.on('data', (text: Buffer) => String(text).includes('listening on') && resolve());
    listening.once('error', reject);
    listening.once('exit', () => reject(new Error('tcpdump ended')));
  });
  return async () => {
    listening.kill('SIGINT');
    await ended;
    return readFileSync(file);
  };
}

/** The bytes of all packets that match, while `done` runs. */
export async function captured(filter: string, done: () => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-capture-'));
  const ours = new RegExp(`^${process.env['NSPREFIX'] ?? 'kb'}\\d+$`);
  const nodes = readdirSync('/run/netns').filter((name) => ours.test(name));
  const stops = await Promise.all(nodes.map((node) => listen(node, filter, join(folder, node))));
  const pieces: Buffer[] = [];
  try {
    await done();
  } finally {
    for (const stop of stops) pieces.push(await stop());
    await rm(folder, { recursive: true });
  }
  return Buffer.concat(pieces);
}
