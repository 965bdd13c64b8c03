// Types, arrows and style: what must hold before any test runs. Exits 1 with the first tool's words.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const home = join(import.meta.dirname, '..');
const bin = (name: string): string => join(home, 'node_modules', '.bin', name);

const steps: readonly (readonly [string, string, readonly string[]])[] = [
  ['arrows', process.execPath, ['scripts/references.ts', '--check']],
  ['types of the rooms', bin('tsc'), ['-b']],
  ['types of tests and scripts', bin('tsc'), ['-p', 'tsconfig.tests.json']],
  ['types of the dashboard', bin('tsc'), ['-p', 'dashboard']],
  ['lint and format', bin('biome'), ['ci', '--colors=off', '--max-diagnostics=20', 'src', 'scripts', 'test', 'bench', 'examples', 'dashboard']],
];

for (const [title, command, args] of steps) {
  const started = performance.now();
  const result = spawnSync(command, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (result.status !== 0) {
    process.stderr.write(`× ${title}\n${result.stdout}${result.stderr}`);
    process.exit(1);
  }
  process.stderr.write(`✔ ${title}  ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}
