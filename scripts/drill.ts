// The long forms of tests that are short in `npm test`: npm run drill -- flood, npm run drill -- kills. Minutes to hours.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const DRILLS: Readonly<Record<string, { readonly test: string; readonly env: Readonly<Record<string, string>>; readonly says: string }>> = {
  flood: {
    test: 'test/e2e/malformed.test.ts',
    env: { WEFT_MALFORMED: '1000000', WEFT_IDLE: '10000' },
    says: '1,000,000 malformed inputs of each kind, 10,000 idle connections to each listener (WEFT_MALFORMED, WEFT_IDLE)',
  },
  kills: { test: 'test/e2e/durability.test.ts', env: { WEFT_KILLS: '500' }, says: '500 SIGKILLs during writes (WEFT_KILLS)' },
};

const [name = ''] = process.argv.slice(2);
const drill = DRILLS[name];
if (drill === undefined) {
  process.stderr.write(
    `which drill?\n${Object.entries(DRILLS)
      .map(([word, { says }]) => `  npm run drill -- ${word.padEnd(8)} ${says}\n`)
      .join('')}`,
  );
  process.exit(64);
}
const home = resolve(import.meta.dirname, '..');
const args = [resolve(home, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'e2e', drill.test];
const { status } = spawnSync(process.execPath, args, { cwd: home, stdio: 'inherit', env: { ...drill.env, ...process.env } });
process.exit(status ?? 1);
