// What the demo counts: adds up the load's windows, and reads from the proxies themselves how much came in encrypted.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

export interface Window {
  readonly requests: number;
  readonly failed: number;
  readonly split: { readonly v1: number; readonly v2: number };
  readonly employee: { readonly v1: number; readonly v2: number };
  readonly latencyMs: readonly number[];
  readonly failures: readonly string[];
}

export interface Tally {
  requests: number;
  failed: number;
  split: { v1: number; v2: number };
  employee: { v1: number; v2: number };
  latencyMs: number[];
  failures: string[];
}

export function emptyTally(): Tally {
  return { requests: 0, failed: 0, split: { v1: 0, v2: 0 }, employee: { v1: 0, v2: 0 }, latencyMs: [], failures: [] };
}

export function add(tally: Tally, window: Window): void {
  tally.requests += window.requests;
  tally.failed += window.failed;
  for (const part of ['split', 'employee'] as const) {
    tally[part].v1 += window[part].v1;
    tally[part].v2 += window[part].v2;
  }
  tally.latencyMs.push(...window.latencyMs);
  tally.failures.push(...window.failures);
}

/** The p-th percentile (0 to 100) of values in any order, rounded to 0.1; null of none. */
export function percentile(values: readonly number[], p: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil((p / 100) * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** Share of `a` in `a + b` as a percentage rounded to 0.1; 0 of none. */
export function percent(a: number, b: number): number {
  return a + b === 0 ? 0 : Math.round((a / (a + b)) * 1000) / 10;
}

/** Admin sockets of the Envoys that these `weft run` processes started: run folders name their owner. */
function sockets(bases: readonly string[], owners: ReadonlySet<number>): string[] {
  return bases.filter(existsSync).flatMap((base) =>
    readdirSync(base).flatMap((name) => {
      const owner = join(base, name, 'owner');
      const mine = existsSync(owner) && owners.has(Number(readFileSync(owner, 'utf8').split(' ')[0]));
      return mine ? [join(base, name, 'admin.sock')] : [];
    }),
  );
}

function stats(socketPath: string): Promise<string> {
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/stats?filter=http.inbound.*downstream_(cx|rq)_(ssl_)?total', timeout: 2000 }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => resolve(body));
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(''));
    call.end();
  });
}

/**
 * Of the connections that carried requests into a workload, how many per cent were TLS: read from the admin sockets of the Envoys
 * of `owners` (`downstream_cx_ssl_total` of `downstream_cx_total`). Null when no proxy could be asked.
 */
export async function mutualTlsPercent(bases: readonly string[], owners: ReadonlySet<number>): Promise<number | null> {
  let all = 0;
  let encrypted = 0;
  for (const socket of sockets(bases, owners)) {
    for (const line of (await stats(socket)).split('\n')) {
      const [name = '', value = '0'] = line.split(': ');
      if (name.endsWith('downstream_cx_total')) all += Number(value);
      if (name.endsWith('downstream_cx_ssl_total')) encrypted += Number(value);
    }
  }
  return all === 0 ? null : Math.round((encrypted / all) * 1000) / 10;
}
