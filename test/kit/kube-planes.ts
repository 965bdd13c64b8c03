// Control planes of a cluster in processes of their own, so that each can be killed.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_PLANE_NAME, MACHINE_SERVICE } from '../../src/api/index.ts';
import type { KubeConfig } from '../../src/kube/index.ts';
import { callUnary } from '../../src/wire/index.ts';
import { AdsClient, type AdsHoldings, dialAds } from './ads-client.ts';
import { forget } from './kube-world.ts';
import { eventually } from './shop.ts';

export interface PlaneProcess {
  readonly apiUrl: string;
  /** Everything it printed. */
  readonly said: () => string;
  /** A call of the management API, as the administrator. */
  ask<T>(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: T }>;
  post<T>(path: string, body?: object): Promise<{ readonly status: number; readonly body: T }>;
  /** A proxy with this token; with `held` it comes back with what it has. */
  proxy(token: string, held?: AdsHoldings): Promise<AdsClient>;
  /** A call of the machine protocol. */
  machine<T>(method: string, request: object, token?: string): Promise<T>;
  /** SIGKILL; its folder goes with it, as with a pod. */
  kill(): Promise<void>;
  readonly folder: string;
}

export const FAST = {
  leaseTimes: { durationMs: 2000, renewDeadlineMs: 1500, retryMs: 300 },
  replicaTimes: { durationMs: 3000, renewMs: 500, settleMs: 3000 },
} as const;

/** A control plane with an empty data folder; resolves when it answers. */
export async function spawnPlane(config: KubeConfig, folder = mkdtempSync(join(tmpdir(), 'weft-plane-'))): Promise<PlaneProcess> {
  const script = join(import.meta.dirname, 'kube-plane-process.ts');
  const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify({ config, folder, ...FAST })]);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const line = await eventually(
    'a control plane runs',
    async () => {
      if (child.exitCode !== null) throw new Error(printed);
      return /^running (.*)$/m.exec(printed)?.[1];
    },
    4800,
  );
  const { apiUrl, xdsAddress, token } = JSON.parse(line) as { readonly apiUrl: string; readonly xdsAddress: string; readonly token: string };
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: T }> => {
    const answer = await fetch(`${apiUrl}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
    return { status: answer.status, body: (await answer.json()) as T };
  };
  const address = async () => {
    const { rootPem } = (await ask<{ readonly rootPem: string }>('/weft/v1/status')).body;
    return { host: '127.0.0.1', port: Number(xdsAddress.split(':').pop()), rootPem, serverName: CONTROL_PLANE_NAME };
  };
  return {
    apiUrl,
    folder,
    said: () => printed,
    ask,
    post: (path, body = {}) => ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    proxy: async (bearer, held) => {
      return new AdsClient(dialAds(await address(), bearer), held === undefined ? {} : { held }).start();
    },
    machine: async <T>(method: string, request: object, bearer?: string) =>
      (await callUnary({ ...(await address()), path: `/${MACHINE_SERVICE}/${method}`, request, ...(bearer === undefined ? {} : { token: bearer }) })) as T,
    kill: async () => {
      const over = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await over;
      }
      forget(folder);
    },
  };
}
