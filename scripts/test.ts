// Runs everything: checks, then the unit, contract, envoy, truth, kubernetes, bed, browser and e2e suites, and ends with one line `N passed, N failed`.
// `npm test -- unit` runs one suite; further arguments go to vitest. `drill` runs only when it is asked for.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { preparedProgram } from './product.ts';

const home = join(import.meta.dirname, '..');
/**
 * Side by side, each lane one suite at a time. In the second are those that have one file at a time and wait for most of it: for nodes, leases, drains. What
 * looks at the whole machine (names of network namespaces) is in one lane with what changes it.
 */
const LANES = [
  ['unit', 'contract', 'truth', 'browser'],
  ['envoy', 'kubernetes', 'bed', 'e2e'],
];
const suites = LANES.flat();
const asked = process.argv.slice(2);
const chosen = [...suites, 'drill'].filter((name) => asked.includes(name));
const rest = asked.filter((name) => !chosen.includes(name));
// what is asked for by name runs alone, in view
const lanes = chosen.length > 0 ? [chosen] : LANES;
const atOnce = lanes.length > 1;
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
  readonly failures: readonly Failure[];
}

/** One failed test; a file that could not be loaded or set up is one. */
interface Failure {
  /** Undefined where it is of no file. */
  readonly file: string | undefined;
  /** Suite, file, test, and what it said, in one line. */
  readonly line: string;
}

/** What a test said: the first line, and how to see a random case again. */
function inShort(text: string): string {
  const lines = text.split('\n');
  const seed = lines.find((line) => /^\{ seed: -?\d+/.test(line));
  return [lines[0] ?? '', ...(seed === undefined ? [] : [seed])].join(' ');
}

function failuresOf(name: string, { testResults }: Totals): Failure[] {
  return testResults
    .filter((file) => file.status === 'failed')
    .flatMap((file) => {
      const cases = file.assertionResults.filter((each) => each.status === 'failed');
      const lines = cases.map((each) => `${each.fullName}: ${inShort(each.failureMessages[0] ?? '')}`);
      const of = relative(home, file.name);
      return (lines.length > 0 ? lines : [inShort(file.message)]).map((line) => ({ file: of, line: `${name} ${of}: ${line}` }));
    });
}

/** What a suite prints goes to a file where several run at once, and is shown when it has ended. */
async function print(child: ReturnType<typeof spawn>, file: string): Promise<void> {
  const kept = createWriteStream(file);
  child.stdout?.pipe(kept, { end: false });
  child.stderr?.pipe(kept, { end: false });
  await once(child, 'close');
  await new Promise<void>((done) => void kept.end(done));
  process.stdout.write(readFileSync(file));
}

/** Runs files of a suite, or all of it. */
async function runSuite(name: string, files: readonly string[]): Promise<Result> {
  const out = join(scratch, `${name}.json`);
  const vitest = join(home, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, PATH: `${join(home, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` };
  const args = [vitest, 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${out}`, ...files];
  const child = spawn(process.execPath, args, { cwd: home, stdio: atOnce ? ['ignore', 'pipe', 'pipe'] : 'inherit', env });
  await (atOnce ? print(child, join(scratch, `${name}.log`)) : once(child, 'close'));
  try {
    const totals = JSON.parse(readFileSync(out, 'utf8')) as Totals;
    const failures = failuresOf(name, totals);
    if (failures.length === 0 && child.exitCode !== 0) failures.push({ file: undefined, line: `${name}: ended with ${child.exitCode ?? child.signalCode}` });
    return { passed: totals.numPassedTests, skipped: totals.numPendingTests, failures };
  } catch (error) {
    return { passed: 0, skipped: 0, failures: [{ file: undefined, line: `${name}: no results: ${String(error)}` }] };
  }
}

/** Suites of real processes: what a busy machine does to their timing is told apart from what is broken. */
const REAL: ReadonlySet<string> = new Set(['envoy', 'truth', 'kubernetes', 'bed', 'e2e']);
/** More than that at once is no accident. */
const MOST_AGAIN = 4;
const unsteady: string[] = [];

/** Files that may be run once more: of a suite of real processes, and not many. */
function filesAgain(name: string, { failures: found }: Result): readonly string[] {
  const files = [...new Set(found.map(({ file }) => file))].filter((file) => file !== undefined);
  const all = found.every(({ file }) => file !== undefined);
  return REAL.has(name) && all && files.length <= MOST_AGAIN ? files : [];
}

/** Runs the files of a suite that failed once more, when nothing else runs; what passes only then is named in the end. */
async function runAgain(name: string, first: Result): Promise<Result> {
  const files = filesAgain(name, first);
  if (files.length === 0) return first;
  process.stdout.write(`${name}: again, alone: ${files.join(' ')}\n`);
  const second = await runSuite(name, files);
  const still = new Set(second.failures.map(({ file }) => file));
  const steady = first.failures.filter(({ file }) => !still.has(file));
  unsteady.push(...steady.map(({ line }) => line));
  return { passed: first.passed + steady.length, skipped: first.skipped, failures: second.failures };
}

const check = chosen.length > 0 ? 0 : (spawnSync(process.execPath, [join(home, 'scripts', 'check.ts')], { cwd: home, stdio: 'inherit' }).status ?? 1);
const failures: Failure[] = check === 0 ? [] : [{ file: undefined, line: 'npm run check' }];
let passed = chosen.length === 0 && check === 0 ? 1 : 0;
let skipped = 0;

/** One suite after the other. */
async function runLane(names: readonly string[]): Promise<readonly (readonly [string, Result])[]> {
  const results: (readonly [string, Result])[] = [];
  for (const name of names) {
    const started = Date.now();
    results.push([name, await runSuite(name, rest)]);
    if (atOnce) process.stdout.write(`${name}: ${Math.round((Date.now() - started) / 1000)} s\n`);
  }
  return results;
}

if (lanes.some((names) => names.some((name) => name !== 'unit'))) process.env['WEFT_TEST_PROGRAM'] ??= await preparedProgram();
for (const [name, first] of (await Promise.all(lanes.map(runLane))).flat()) {
  const one = await runAgain(name, first);
  passed += one.passed;
  skipped += one.skipped;
  failures.push(...one.failures);
}
rmSync(scratch, { recursive: true, force: true });
if (skipped > 0) process.stderr.write(`!! ${skipped} tests were skipped on this machine\n`);
// Once more, together: the first suite's failures are far up by now.
for (const line of unsteady) process.stdout.write(`~ passed only when run again: ${line}\n`);
for (const { line } of failures) process.stdout.write(`× ${line}\n`);
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exit(failures.length === 0 ? 0 : 1);
