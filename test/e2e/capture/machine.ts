// The machine under test: as root, and as an ordinary user who has never been heard of.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JoinRequest } from '../../../src/api/index.ts';
import type { WorkloadOrder } from './workload.ts';

export const UID = 12_345;
const home = resolve(import.meta.dirname, '../../..');
const node = join(home, 'node_modules/.bin/node');
export const isRoot = process.geteuid?.() === 0;

/** A folder everybody can enter, with an Envoy everybody can run and a /dev/net/tun as every desktop has it. */
export function openStage(envoy: string): string {
  const stage = mkdtempSync(join(tmpdir(), 'weft-e2e-'));
  chmodSync(stage, 0o777);
  const binary = join(stage, 'envoy');
  try {
    linkSync(envoy, binary);
  } catch {
    copyFileSync(envoy, binary);
  }
  chmodSync(binary, 0o755);
  mkdirSync(join(stage, 'user'));
  chmodSync(join(stage, 'user'), 0o777);
  return stage;
}

export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
  readonly events: () => readonly { readonly event: string; readonly value: unknown }[];
  readonly ended: Promise<number | null>;
  joined(): JoinRequest;
  /** Waits for an event; fails with everything that was said when the process ends before. */
  until(event: string, fits?: (value: unknown) => boolean): Promise<unknown>;
}

// The device node of this machine may be closed to users; one of its own, in a mount namespace of its own, is not.
const AS_USER = `
[ -e "$0/tun" ] || { mknod "$0/tun" c 10 200 && chmod 0666 "$0/tun"; } 2>/dev/null
mount --bind "$0/tun" /dev/net/tun 2>/dev/null
exec setpriv --reuid ${UID} --regid ${UID} --clear-groups --inh-caps=-all --bounding-set=-all "$@"`;

export function start(stage: string, user: 'root' | 'user', order: Omit<WorkloadOrder, 'envoy' | 'events'>): Started {
  const events = join(stage, `${order.service}-${Math.random().toString(36).slice(2)}.jsonl`);
  const text = JSON.stringify({ ...order, envoy: join(stage, 'envoy'), events } satisfies WorkloadOrder);
  const command = [node, join(home, 'test/e2e/capture/workload.ts'), text];
  const whole = user === 'user' && isRoot ? ['unshare', '-m', 'sh', '-c', AS_USER, stage, ...command] : command;
  const [file = '', ...args] = whole;
  const env = { PATH: process.env['PATH'], HOME: join(stage, 'user'), TMPDIR: tmpdir() };
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: '/' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const read = (): readonly { event: string; value: unknown }[] =>
    existsSync(events)
      ? readFileSync(events, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as { event: string; value: unknown })
      : [];
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const until = async (event: string, fits: (value: unknown) => boolean = () => true): Promise<unknown> => {
    for (let tries = 0; tries < 1000; tries++) {
      const found = read().find((one) => one.event === event && fits(one.value));
      if (found !== undefined) return found.value;
      if (over) throw new Error(`${order.service} ended before "${event}":\n${said}`);
      await sleep(20);
    }
    throw new Error(`${order.service}: no "${event}" came:\n${said}`);
  };
  return {
    child,
    pid: child.pid ?? 0,
    output: () => said,
    events: read,
    ended,
    until,
    joined: () => read().find((one) => one.event === 'join')?.value as JoinRequest,
  };
}

/** GET of the host, as a peer's proxy would come: from outside. */
export function get(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((done, fail) => {
    const call = request({ host: '127.0.0.1', port, path, headers, timeout: 15_000, agent: false }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, body }));
    });
    call.on('timeout', () => call.destroy(new Error('timeout')));
    call.on('error', fail);
    call.end();
  });
}

/** Everything that runs below a process or shares a namespace with what runs below it: found before the kill, looked for after it. */
export function familyOf(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  const nets = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      nets.set(Number(name), readlinkSync(`/proc/${name}/ns/net`));
    } catch {
      // gone in between
    }
  }
  const below = (one: number): boolean => one === pid || (parents.has(one) && one > 1 && below(parents.get(one) ?? 0));
  const own = [...parents.keys()].filter(below);
  const host = nets.get(process.pid);
  const spaces = new Set(own.map((one) => nets.get(one)).filter((net) => net !== host && net !== undefined));
  return [...parents.keys()].filter((one) => own.includes(one) || spaces.has(nets.get(one)));
}

/** Those of `pids` that still run; a zombie nobody has collected does not. */
export function running(pids: readonly number[]): readonly string[] {
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const state = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
      return state === 'Z' || state === 'X' ? [] : [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 80)}`];
    } catch {
      return [];
    }
  });
}

export function closeStage(stage: string): void {
  rmSync(stage, { recursive: true, force: true });
}

export const appCommand = (port: number, host = '127.0.0.1'): readonly string[] => [node, join(home, 'test/e2e/capture/app.cjs'), String(port), host];
