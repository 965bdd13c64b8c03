// Runs everything: checks, then the unit, contract, envoy, truth and e2e suites, and ends with one line `N passed, N failed`.
// `npm test -- unit` runs one suite; further arguments go to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const home = join(import.meta.dirname, '..');
const suites = ['unit', 'contract', 'envoy', 'truth', 'e2e'];
const asked = process.argv.slice(2);
const chosen = suites.filter((name) => asked.includes(name));
const rest = asked.filter((name) => !suites.includes(name));
const scratch = mkdtempSync(join(tmpdir(), 'weft-test-'));

interface Totals {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function runSuite(name: string): { passed: number; failed: number; skipped: number } {
  const out = join(scratch, `${name}.json`);
  const vitest = join(home, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${join(home, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` };
  const result = spawnSync(process.execPath, [vitest, 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${out}`, ...rest], {
    cwd: home,
    stdio: 'inherit',
    env,
  });
  try {
    const totals = JSON.parse(readFileSync(out, 'utf8')) as Totals;
    // A file that could not even be loaded has no tests of its own: it counts as one failure.
    const broken = totals.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    const failed = totals.numFailedTests + broken;
    return { passed: totals.numPassedTests, failed: failed === 0 && result.status !== 0 ? 1 : failed, skipped: totals.numPendingTests };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const check = chosen.length > 0 ? 0 : (spawnSync(process.execPath, [join(home, 'scripts', 'check.ts')], { cwd: home, stdio: 'inherit' }).status ?? 1);
const sum = { passed: check === 0 ? 1 : 0, failed: check === 0 ? 0 : 1, skipped: 0 };
for (const name of chosen.length > 0 ? chosen : suites) {
  const one = runSuite(name);
  sum.passed += one.passed;
  sum.failed += one.failed;
  sum.skipped += one.skipped;
}
rmSync(scratch, { recursive: true, force: true });
if (sum.skipped > 0) process.stderr.write(`!! ${sum.skipped} tests were skipped on this machine\n`);
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed\n`);
process.exit(sum.failed === 0 ? 0 : 1);
