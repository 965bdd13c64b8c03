// Sets a checkout up, once: packages, Envoy, Envoy's types, the dashboard. Runs on Node >= 20 with nothing installed; a second run only
// compares stamps. Every step says what it does on stderr; `--quiet` is silent unless there is work.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENVOY_VERSION, obtainEnvoy, SetupError } from '../src/machine/obtain-envoy.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes('--quiet');
const started = Date.now();
const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
const say = (text) => process.stderr.write(`${text}\n`);

const digest = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
};
const stampOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
const read = (name) => readFileSync(join(root, name));

/** Runs a command quietly; on failure its last words become the error. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        words = (words + chunk).slice(-4000);
      });
    }
    child.on('error', (cause) => reject(new SetupError(`${command} could not be started: ${cause.message}\n  is it installed and on PATH?`)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new SetupError(`${command} ${args.join(' ')} failed\n${words.trim()}`))));
  });
}

/** One step with a spinner on a terminal and one line elsewhere. */
async function step(title, work) {
  const live = process.stderr.isTTY;
  let frame = 0;
  const timer = live ? setInterval(() => process.stderr.write(`\r${'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[frame++ % 10]} ${title} (${seconds()})`), 100) : undefined;
  if (!live) say(`… ${title}`);
  try {
    const detail = await work();
    if (live) process.stderr.write('\r\x1b[K');
    say(`✔ ${detail ?? title}  ${seconds()}`);
  } catch (cause) {
    if (live) process.stderr.write('\r\x1b[K');
    throw cause;
  } finally {
    clearInterval(timer);
  }
}

async function packages() {
  const stamp = join(root, 'node_modules', '.weft-stamp');
  const want = digest(read('package-lock.json'), process.platform, process.arch);
  if (stampOf(stamp) === want) return;
  await step('installing packages (npm ci, Node 24 among them)', async () => {
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(stamp, want);
    return 'packages installed';
  });
}

async function envoy() {
  let fetching = false;
  const known = join(root, '.cache', 'envoy');
  const noticed = () => {
    fetching = true;
    say(`… fetching Envoy ${ENVOY_VERSION} (37 MB, once)`);
  };
  const binary = await obtainEnvoy({ onFetch: noticed });
  if (fetching) say(`✔ Envoy ${binary.version} fetched  ${seconds()}`);
  mkdirSync(dirname(known), { recursive: true });
  writeFileSync(known, binary.path);
  return binary;
}

async function types(binary) {
  const stamp = join(root, 'gen', '.weft-stamp');
  const { size, mtimeMs } = statSync(binary.path);
  const want = digest(
    read('api/roots.txt'),
    read('scripts/generate-api.ts'),
    read('scripts/extract-api.ts'),
    read('package-lock.json'),
    binary.version,
    `${size}/${mtimeMs}`,
  );
  if (stampOf(stamp) === want) return;
  await step(`generating Envoy's types out of the Envoy ${binary.version} binary`, async () => {
    await run(join(root, 'node_modules', '.bin', 'node'), ['scripts/generate-api.ts', binary.path]);
    writeFileSync(stamp, want);
    return `Envoy's types generated`;
  });
}

/** Built again when any of its files or packages changed. */
async function dashboard() {
  const stamp = join(root, 'dist', 'dashboard', '.weft-stamp');
  const files = readdirSync(join(root, 'dashboard'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('node_modules'))
    .sort();
  const want = digest(read('package-lock.json'), ...files.flatMap((path) => [path.slice(root.length), readFileSync(path)]));
  if (stampOf(stamp) === want) return;
  await step('building the dashboard', async () => {
    await run(join(root, 'node_modules', '.bin', 'node'), ['node_modules/vite/bin/vite.js', 'build', 'dashboard', '--logLevel', 'warn']);
    writeFileSync(stamp, want);
    return 'dashboard built';
  });
}

try {
  if (Number(process.versions.node.split('.')[0]) < 20)
    throw new SetupError(`Node ${process.versions.node} is too old: Weft needs Node 20 or newer to set itself up`);
  await packages();
  const binary = await envoy();
  await types(binary);
  await dashboard();
  if (!quiet)
    say(
      `ready  node ${stampOf(join(root, 'node_modules', 'node', 'package.json'))?.match(/"version": "([^"]+)"/)?.[1]}  envoy ${binary.version} (${binary.from})  ${seconds()}`,
    );
} catch (cause) {
  say(cause instanceof SetupError ? `error: ${cause.message}` : String(cause?.stack ?? cause));
  process.exit(1);
}
