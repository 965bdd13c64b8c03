// Runs everything: checks, then the unit, contract, envoy, truth and e2e suites, and ends with one line `N passed, N failed`.
// `npm test -- unit` runs one suite; further arguments go to vitest. `drill` runs only when it is asked for.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const home = join(import.meta.dirname, '..');
const suites = ['unit', 'contract', 'envoy', 'truth', 'e2e'];
const asked = process.argv.slice(2);
const chosen = [...suites, 'drill'].filter((name) => asked.includes(name));
const rest = asked.filter((name) => !chosen.includes(name));
const scratch = mkdtempSync(join(tmpdir(), 'weft-test-'));

interface Case {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

interface Totals {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly message: string; readonly assertionResults: readonly Case[] }[];
}

interface Result {
  readonly passed: number;
  readonly skipped: number;
  /** One line for each failure: suite, file, test, first line of what it said. A file that could not be loaded or set up is one. */
  readonly failures: readonly string[];
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

function failuresOf(name: string, { testResults }: Totals): string[] {
  return testResults
    .filter((file) => file.status === 'failed')
    .flatMap((file) => {
      const cases = file.assertionResults.filter((each) => each.status === 'failed');
      const lines = cases.map((each) => `${each.fullName}: ${firstLine(each.failureMessages[0] ?? '')}`);
      return (lines.length > 0 ? lines : [firstLine(file.message)]).map((line) => `${name} ${relative(home, file.name)}: ${line}`);
    });
}

function runSuite(name: string): Result {
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
    const failures = failuresOf(name, totals);
    if (failures.length === 0 && result.status !== 0) failures.push(`${name}: ended with ${result.status ?? result.signal}`);
    return { passed: totals.numPassedTests, skipped: totals.numPendingTests, failures };
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [`${name}: no results: ${String(error)}`] };
  }
}

const check = chosen.length > 0 ? 0 : (spawnSync(process.execPath, [join(home, 'scripts', 'check.ts')], { cwd: home, stdio: 'inherit' }).status ?? 1);
const failures = check === 0 ? [] : ['npm run check'];
let passed = chosen.length === 0 && check === 0 ? 1 : 0;
let skipped = 0;
for (const name of chosen.length > 0 ? chosen : suites) {
  const one = runSuite(name);
  passed += one.passed;
  skipped += one.skipped;
  failures.push(...one.failures);
}
rmSync(scratch, { recursive: true, force: true });
if (skipped > 0) process.stderr.write(`!! ${skipped} tests were skipped on this machine\n`);
// Once more, together: the first suite's failures are far up by now.
for (const line of failures) process.stdout.write(`× ${line}\n`);
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exit(failures.length === 0 ? 0 : 1);
