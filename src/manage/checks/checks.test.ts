// Each check over facts in which the thing is broken, and over facts in which it is not.
import { expect, test } from 'vitest';
import type { PeerView, ProxyView } from '../../api/index.ts';
import type { Check, Facts } from './check.ts';
import { clocksAgree } from './clocks.ts';
import { loopTurns, storeSpace, storeWrites } from './control-plane.ts';
import { CHECKS } from './list.ts';
import { callersSecured, handshakesDone } from './peers.ts';
import { policiesLetPass } from './refusals.ts';
import { nothingLost, propagationWhole } from './telemetry.ts';
import { joinTokensFresh, userTokensLast } from './tokens.ts';
import { envoyFits, envoyPatched } from './versions.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const EMPTY: Facts = { now: NOW, proxies: [], diagnostics: [], userTokens: [], refusedJoins: [], clocks: [], kept: [], document: () => undefined };
const well = { storeProblem: '', directory: '/data', freeBytes: 5e9, totalBytes: 9e9, loopDelayMs: 3 };
const peer = (security: PeerView['security'], more: Partial<PeerView> = {}): PeerView => ({
  security,
  source: '',
  address: '192.0.2.9',
  destination: '',
  service: 'shop/ledger',
  port: 8080,
  connections: 1,
  first: '2026-11-21T11:30:00Z',
  last: '2026-11-21T11:59:00Z',
  why: '',
  ...more,
});
const envoy = (name: string, envoyVersion: string, connected = true) => ({ id: `shop/${name}`, namespace: 'shop', name, envoyVersion, connected }) as ProxyView;
const token = (id: string, days: number) => ({
  id,
  user: 'ann',
  groups: [],
  createdAt: '',
  createdBy: '',
  expiresAt: new Date(NOW + days * 24 * HOUR).toISOString(),
});

const BROKEN: readonly (readonly [Check, Partial<Facts>, readonly string[]])[] = [
  [storeWrites, { health: { ...well, storeProblem: 'the write was not stored: disk full' } }, ['WEFT2360 error the write was not stored: disk full']],
  [storeSpace, { health: { ...well, freeBytes: 500 * 1024 ** 2 } }, ['WEFT2361 warning /data has 500 MiB of room left']],
  [storeSpace, { health: { ...well, freeBytes: 1024 ** 2 } }, ['WEFT2361 error /data has 1 MiB of room left']],
  [loopTurns, { health: { ...well, loopDelayMs: 800.4 } }, ['WEFT2364 warning work waits up to 800 ms for its turn']],
  [
    userTokensLast,
    { userTokens: [token('a', 3.5), token('b', 60), token('c', -2), token('d', -30)] },
    ['WEFT2369 warning token a of ann ends in 3 days', 'WEFT2369 warning token c of ann has ended'],
  ],
  [
    joinTokensFresh,
    {
      refusedJoins: [
        { reason: 'expired', count: 3, last: NOW - 60_000 },
        { reason: 'used', count: 1, last: NOW - 2 * HOUR },
      ],
    },
    ['WEFT2370 warning machines were turned away 3 times: their credentials had expired'],
  ],
  [
    envoyFits,
    { proxies: [envoy('a', '1.37.2'), envoy('b', '1.40.0'), envoy('c', '1.12.0', false), envoy('d', '')] },
    ['WEFT2374 warning shop/a runs Envoy 1.37.2, which this version of Weft is not made for'],
  ],
  [
    envoyPatched,
    { proxies: [envoy('a', '1.39.1'), envoy('b', '1.40.0'), envoy('c', '1.37.0')] },
    ['WEFT2375 warning shop/a runs Envoy 1.39.1; 1.39.3 is there'],
  ],
  [
    policiesLetPass,
    {
      refusals: [
        { source: 'spiffe://m/ns/shop/sa/web', service: 'shop/ledger', policy: 'shop/strict', count: 40, since: NOW, example: 'GET /' },
        { source: 'spiffe://m/ns/shop/sa/web', service: 'shop/ledger', policy: '', count: 20, since: NOW, example: 'GET /' },
      ],
    },
    [
      'WEFT2389 warning shop/web → shop/ledger: 40 requests refused (AuthorizationPolicy shop/strict), for example GET /',
      'WEFT2389 warning shop/web → shop/ledger: 20 requests refused (no policy allows it), for example GET /',
    ],
  ],
  [
    clocksAgree,
    {
      clocks: [
        { namespace: 'shop', name: 'a', offsetMs: -61_000 },
        { namespace: 'shop', name: 'b', offsetMs: 900 },
      ],
    },
    ['WEFT2363 warning the clock of shop/a is 61 s behind'],
  ],
  [
    callersSecured,
    { peers: [peer('plaintext'), peer('plaintext', { address: '192.0.2.8' }), peer('mtls'), peer('plaintext', { service: '' })] },
    ['WEFT2377 warning shop/ledger is called in plaintext by 192.0.2.8, 192.0.2.9'],
  ],
  [
    handshakesDone,
    { peers: [peer('refused', { why: 'certificate has expired' })] },
    ['WEFT2378 warning shop/ledger refused handshakes of 192.0.2.9: certificate has expired'],
  ],
  [
    nothingLost,
    {
      kept: [
        { what: 'spans', lost: { tooMany: 7, behind: 0 } },
        { what: 'records', lost: { behind: 0 } },
      ],
    },
    ['WEFT2384 warning spans were lost since the control plane started: 7 over the budget of their proxy'],
  ],
  [
    propagationWhole,
    { broken: [{ service: 'shop/web', calls: 40, propagated: 2, last: '' }] },
    ['WEFT2383 info shop/web passed on the trace headers in 2 of 40 calls'],
  ],
];

const severities = (check: Check, facts: Partial<Facts>): readonly string[] | string => {
  const found = check.look({ ...EMPTY, ...facts });
  return typeof found === 'string' ? found : found.map(({ code, severity, words }) => `${code} ${severity ?? DEFAULT[code] ?? 'warning'} ${words}`);
};
const DEFAULT: Readonly<Record<string, string>> = { WEFT2360: 'error', WEFT2383: 'info' };

test.each(BROKEN.map(([check, facts, said]) => ({ id: check.id, check, facts, said })))('$id is found', ({ check, facts, said }) => {
  expect(severities(check, facts)).toEqual(said);
});

test('a mesh in which nothing is wrong: every check is silent, and its finding leads somewhere', () => {
  const facts = {
    ...EMPTY,
    health: well,
    peers: [],
    broken: [],
    proxies: [envoy('a', '1.40.0')].map((each) => ({ ...each, sync: 'in sync' as const, refusals: [], certificateNotAfter: 0 })),
  };
  for (const check of CHECKS) expect([check.id, check.look(facts)]).toEqual([check.id, typeof check.look(facts) === 'string' ? expect.any(String) : []]);
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  for (const [check, broken] of BROKEN)
    for (const each of check.look({ ...EMPTY, ...broken })) expect(each).toMatchObject({ next: expect.stringMatching(/^(weft|df|timedatectl) /) });
});
