// What crosses the first node's pod network while something is done there.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The bytes of all packets that match, while `done` runs. Listens in the node's network, at every pod's end there. */
export async function captured(filter: string, done: () => Promise<unknown>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-capture-'));
  const file = join(folder, 'packets');
  const node = `--net=/run/netns/${process.env['NSPREFIX'] ?? 'kb'}1`;
  const listening = spawn('nsenter', [node, 'tcpdump', '-i', 'any', '--immediate-mode', '-U', '-s', '0', '-w', file, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => listening.once('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      listening.stderr.on('data', (text: Buffer) => String(text).includes('listening on') && resolve());
      listening.once('error', reject);
      listening.once('exit', () => reject(new Error('tcpdump ended')));
    });
    await done();
  } finally {
    listening.kill('SIGINT');
    await ended;
  }
  const bytes = readFileSync(file);
  await rm(folder, { recursive: true });
  return bytes;
}
