// A Kubernetes cluster with nodes for tests (docs/kubernetes.md tells users; test/kubernetes/bed/ uses it). Whoever runs the tests says where
// its scripts are (WEFT_BED_LAB: up.sh, down.sh, load.sh, mkimage.sh) and, as these scripts want it, in BED, BED_BIN and BED_IMAGES where it
// lives. One that runs already is used as it is; else bed-setup.ts brings it up for the suite and takes it down.
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { weftProgram } from './weft-program.ts';

const home = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

export const LAB = process.env['WEFT_BED_LAB'] ?? '';
const FOLDER = process.env['BED'] ?? '/nowhere';
const PROGRAMS = process.env['BED_BIN'] ?? '';
export const hasBed = existsSync(join(LAB, 'up.sh')) && existsSync(join(PROGRAMS, 'kubelet'));
/** This machine's end of the nodes' network: what crosses it can be listened to. */
export const BRIDGE = process.env['BRIDGE'] ?? 'kb0';

export const isUp = (): boolean => existsSync(join(FOLDER, 'pids'));

/** Brings the cluster up, or down with its state. */
export function script(name: 'up.sh' | 'down.sh', ...args: readonly string[]): void {
  execFileSync(join(LAB, name), [...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}

const TARS = join(home, '.cache', 'image-tars');

/** Newest change of what images are made of. */
function newest(folder: string): number {
  const own = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((each) => each.isFile());
  return Math.max(...own.map((each) => statSync(join(each.parentPath, each.name)).mtimeMs));
}

/** Images of the built product, in every node. Built anew when the sources are newer. */
export function loadImages(): void {
  const tar = join(TARS, 'weft-control-plane.tar');
  const stale = !existsSync(tar) || statSync(tar).mtimeMs < Math.max(...['src', 'gen', 'deploy/images', 'scripts'].map((name) => newest(join(home, name))));
  if (stale) {
    mkdirSync(TARS, { recursive: true });
    const env = { ...process.env, WEFT_MKIMAGE: join(LAB, 'mkimage.sh') };
    for (const args of [['scripts/build.ts'], ['scripts/images.ts', '--tars', TARS]])
      execFileSync(process.execPath, args, { cwd: home, env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  execFileSync(
    join(LAB, 'load.sh'),
    readdirSync(TARS).map((name) => join(TARS, name)),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
}

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: join(FOLDER, 'kubeconfig', 'admin') });
export const KUBECTL = join(PROGRAMS, 'kubectl');

/** kubectl as the administrator; what it printed. Throws with what it said on standard error. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return (await run(KUBECTL, [...args], { env: environment(), maxBuffer: 64e6 })).stdout;
}

/** The same with something on standard input. */
export function kubectlWith(input: string, ...args: readonly string[]): string {
  const done = spawnSync(KUBECTL, [...args], { env: environment(), input, encoding: 'utf8', maxBuffer: 64e6 });
  if (done.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** Applies documents, given as values. */
export function applyAll(...documents: readonly object[]): void {
  kubectlWith(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents }), 'apply', '-f', '-');
}

/** The command as a user calls it, with the administrator's kubeconfig. */
export function weft(...args: readonly string[]): { readonly status: number; readonly stdout: string; readonly stderr: string } {
  const done = spawnSync(process.execPath, [weftProgram, ...args], { env: environment(), encoding: 'utf8', maxBuffer: 64e6 });
  return { status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
}

/** What went wrong in a namespace, for the message of a test that failed. */
export async function told(namespace: string): Promise<string> {
  const pods = await kubectl('-n', namespace, 'get', 'pods', '-o', 'wide').catch(String);
  const events = await kubectl('-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp').catch(String);
  return `${pods}\n${events.split('\n').slice(-15).join('\n')}`;
}

/** Waits for a rollout; with what the cluster says of it when there is none. */
export async function rolledOut(namespace: string, what: string, seconds = 120): Promise<void> {
  try {
    await kubectl('-n', namespace, 'rollout', 'status', what, `--timeout=${seconds}s`);
  } catch (cause) {
    const logs = await kubectl('-n', namespace, 'logs', what, '--all-containers', '--tail=20').catch(String);
    throw new Error(`${String(cause)}\n${await told(namespace)}\n${logs}`);
  }
}

interface Running {
  readonly pid: number;
  readonly lines: readonly string[];
}

function apiServer(): Running {
  const lines = readFileSync(join(FOLDER, 'pids'), 'utf8').trim().split('\n');
  const pid = Number(lines.find((line) => line.endsWith(' kube-apiserver'))?.split(' ')[0]);
  return { pid, lines };
}

/** Ends the API server at once; the answer starts it again with the same words, and resolves when it is ready. */
export async function stopApiServer(): Promise<() => Promise<void>> {
  const { pid, lines } = apiServer();
  const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '') await new Promise((done) => setTimeout(done, 50));
  return async () => {
    const namespace = `--net=/run/netns/${process.env['NSPREFIX'] ?? 'kb'}1`;
    const again: ChildProcess = spawn('nsenter', [namespace, program, ...args], { cwd: join(FOLDER, 'pki'), stdio: 'ignore', detached: true });
    again.unref();
    // down.sh ends what stands there
    const now = lines.map((line) => (line.endsWith(' kube-apiserver') ? `${again.pid} kube-apiserver` : line));
    writeFileSync(join(FOLDER, 'pids'), `${now.join('\n')}\n`);
    for (let ready = false; !ready; ) {
      ready = await kubectl('get', '--raw', '/readyz').then(
        () => true,
        () => false,
      );
      if (!ready) await new Promise((done) => setTimeout(done, 200));
    }
  };
}
