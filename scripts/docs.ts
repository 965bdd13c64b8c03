// Writes what is made of the tables the product itself uses: docs/reference (what codes mean, what may be written in documents) and the Helm
// chart. `npm run docs`; with --check it only says whether they are up to date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referencePages } from '../src/cli/reference.ts';
import { chartFiles } from '../src/install/index.ts';

const home = join(import.meta.dirname, '..');
const checking = process.argv.includes('--check');
let stale = false;

function say(name: string, done: string): void {
  stale = true;
  process.stdout.write(`${checking ? 'not up to date' : done}: ${name}\n`);
}

function put(name: string, text: string): void {
  const file = join(home, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  if (!checking) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  say(name, 'written');
}

const CHART = 'deploy/helm/weft';
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
const chart = chartFiles(version);
for (const [name, text] of await referencePages()) put(`docs/reference/${name}`, text);
for (const [name, text] of chart) put(`${CHART}/${name}`, text);
for (const folder of ['crds', 'templates'])
  for (const name of readdirSync(join(home, CHART, folder)).filter((each) => !chart.has(`${folder}/${each}`))) {
    if (!checking) rmSync(join(home, CHART, folder, name));
    say(`${CHART}/${folder}/${name}`, 'removed');
  }
process.exitCode = stale && checking ? 1 : 0;
