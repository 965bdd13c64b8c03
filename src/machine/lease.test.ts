import { describe, expect, test } from 'vitest';
import type { JoinReply, ReportReply, ReportRequest } from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import type { MachineClient } from './control-plane.ts';
import { Lease } from './lease.ts';

const away = new WeftError('unreachable', { retryable: true, grpc: 14, http: 503 }, 'cannot reach 127.0.0.1:7401');
const unknown = new WeftError('not-found', { retryable: false, grpc: 5, http: 404 }, 'the workload shop/web-1 is not there any more');

const joined: JoinReply = {
  workload: 'shop/web-1',
  identity: 'spiffe://m/ns/shop/sa/web',
  proxyToken: 'one',
  renewAfterMs: 1,
  leaseMs: 30_000,
  rootPem: 'root',
  bootstrap: '{}',
  createdService: '',
};

interface Script {
  renew?: (token: string) => Promise<{ proxyToken: string; renewAfterMs: number; leaseMs: number; rootPem: string }>;
  report?: (report: ReportRequest) => Promise<ReportReply>;
  joinAgain?: () => Promise<JoinReply | undefined>;
  reply?: Partial<JoinReply>;
}

function open({ renew, report, joinAgain, reply }: Script): { lease: Lease; log: string[]; until: (line: RegExp) => Promise<void> } {
  const log: string[] = [];
  const waiting: { line: RegExp; resolve: () => void }[] = [];
  const note = (line: string): void => {
    log.push(line);
    for (const { line: wanted, resolve } of waiting) if (wanted.test(line)) resolve();
  };
  const client: MachineClient = {
    join: () => Promise.reject(new Error('not asked for')),
    renew: (token) => {
      note(`renew ${token}`);
      return renew?.(token) ?? Promise.resolve({ proxyToken: token, renewAfterMs: 60_000, leaseMs: 30_000, rootPem: 'root' });
    },
    report: (token, asked) => {
      note(`report ${token} ${asked.state}`);
      return report?.(asked) ?? Promise.resolve({ seen: 0, total: 0 });
    },
    trust: () => {},
    leave: async (token) => note(`leave ${token}`),
    close: () => {},
  };
  const lease = Lease.open({
    client,
    joined: { ...joined, ...reply },
    keepTrust: (rootPem) => note(`trust ${rootPem}`),
    keepToken: (token) => note(`keep ${token}`),
    joinAgain: joinAgain ?? (async () => undefined),
    tell: (line) => note(`tell ${line}`),
    random: () => 0,
  });
  return { lease, log, until: (line) => (log.some((one) => line.test(one)) ? Promise.resolve() : new Promise((resolve) => waiting.push({ line, resolve }))) };
}

describe('renewing', () => {
  test('a new token is put where Envoy reads it; the same one is not', async () => {
    let renewals = 0;
    const { lease, log, until } = open({
      renew: async (token) => ({ proxyToken: ++renewals === 1 ? token : 'two', renewAfterMs: renewals === 1 ? 1 : 60_000, leaseMs: 1, rootPem: 'root' }),
    });
    await until(/^keep two/);
    await lease.close();
    expect(log).toEqual(['renew one', 'renew one', 'keep two', 'leave two']);
  });

  test('other roots are put where Envoy reads them, and told at once with another renewal', async () => {
    let renewals = 0;
    let twice = (): void => {};
    const again = new Promise<void>((resolve) => {
      twice = resolve;
    });
    const { lease, log, until } = open({
      renew: async (token) => {
        if (++renewals === 2) twice();
        return { proxyToken: token, renewAfterMs: 60_000, leaseMs: 1, rootPem: 'root and root 2' };
      },
    });
    await until(/^trust/);
    await again;
    await lease.close();
    expect(log.filter((line) => line.startsWith('trust'))).toEqual(['trust root and root 2']);
  });

  test('a control plane that is away is asked again and nothing else happens', async () => {
    let tries = 0;
    const { lease, log, until } = open({
      renew: async () => (++tries < 3 ? Promise.reject(away) : { proxyToken: 'two', renewAfterMs: 60_000, leaseMs: 1, rootPem: 'root' }),
    });
    await until(/^keep two/);
    await lease.close();
    expect(log).toEqual(['renew one', 'renew one', 'renew one', 'keep two', 'leave two']);
  });

  test('a control plane that has forgotten us is joined again, and told the state again', async () => {
    const { lease, log, until } = open({
      renew: () => Promise.reject(unknown),
      joinAgain: async () => ({ ...joined, proxyToken: 'fresh', renewAfterMs: 60_000 }),
      reply: { renewAfterMs: 20 },
    });
    await lease.report({ state: 'Ready' });
    await until(/^report fresh Ready/);
    await lease.close();
    expect(log).toEqual([
      'report one Ready',
      'renew one',
      'keep fresh',
      'tell the control plane had forgotten this workload; joined again',
      'report fresh Ready',
      'leave fresh',
    ]);
  });

  test('without another join token it is said once, and traffic is left alone', async () => {
    const { lease, log, until } = open({ renew: () => Promise.reject(unknown) });
    await until(/^tell/);
    await lease.close();
    expect(log).toHaveLength(2);
    expect(log[1]).toMatch(
      /^tell the control plane does not know this workload any more \(the workload shop\/web-1 is not there any more\)\n {2}traffic goes on as it is/,
    );
  });
});

describe('reporting', () => {
  const calm = { renewAfterMs: 60_000 };
  test('goes on until it is taken', async () => {
    let tries = 0;
    const { lease, log } = open({ reply: calm, report: async () => (++tries < 2 ? Promise.reject(away) : { seen: 1, total: 1 }) });
    await lease.report({ state: 'Ready' });
    expect(log).toEqual(['report one Ready', 'report one Ready']);
    await lease.close();
  });

  test('draining waits until every proxy has seen it', async () => {
    let seen = 0;
    const { lease, log } = open({ reply: calm, report: async () => ({ seen: seen++, total: 2 }) });
    await lease.drain({ minMs: 0, maxMs: 60_000, signal: new AbortController().signal });
    expect(log).toEqual(Array(3).fill('report one Draining'));
    await lease.close();
  });

  test('draining does not wait for a control plane that is away, nor when nobody knows the endpoint', async () => {
    for (const report of [() => Promise.reject(away), async () => ({ seen: 0, total: 0 })]) {
      const { lease, log } = open({ reply: calm, report });
      await lease.drain({ minMs: 60_000, maxMs: 60_000, signal: new AbortController().signal });
      expect(log).toEqual(['report one Draining']);
      await lease.close();
    }
  });
});
