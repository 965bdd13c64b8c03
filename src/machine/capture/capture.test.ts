import { describe, expect, test } from 'vitest';
import { WeftError } from '../../base/index.ts';
import { CAPTURE_MODES, chooseCapture } from './choose.ts';
import { upstreamVariable } from './explicit/index.ts';
import { parseListening, reachable } from './listening.ts';
import type { CaptureMode, CaptureWay } from './port.ts';
import { parseResolvers } from './resolvers.ts';
import { hostPort, isLoopback } from './tools.ts';

const way = (mode: CaptureMode, ...missing: string[]): CaptureWay => ({
  mode,
  missing: async () => missing,
  prepare: () => Promise.reject(new Error('not asked for')),
});

describe('chooseCapture', () => {
  const ways = [
    way('netns', 'this is not root'),
    way('pasta', 'pasta is not installed (Debian, Ubuntu: apt-get install passt)'),
    way('relay'),
    way('explicit'),
  ];

  test('takes the best that works, and says why not a better one', async () => {
    const { way, instead } = await chooseCapture('auto', ways);
    expect(way.mode).toBe('relay');
    expect(instead).toEqual([
      { mode: 'netns', why: ['this is not root'] },
      { mode: 'pasta', why: ['pasta is not installed (Debian, Ubuntu: apt-get install passt)'] },
    ]);
  });
  test('takes the one asked for', async () => {
    expect((await chooseCapture('explicit', ways)).way.mode).toBe('explicit');
  });
  test('a mode that cannot work is refused with what is missing and its package', async () => {
    const error = await chooseCapture('pasta', ways).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WeftError);
    expect((error as WeftError).code).toBe('machine/capture-unavailable');
    expect((error as WeftError).message).toContain('capture mode pasta cannot work here: pasta is not installed (Debian, Ubuntu: apt-get install passt)');
  });
  test('on this machine something always works', async () => {
    expect(CAPTURE_MODES).toContain((await chooseCapture()).way.mode);
  });
});

describe('what listens', () => {
  // lines of /proc/net/tcp and tcp6 as the kernel writes them
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   2: 0200C80A:9C40 0B0000F0:0050 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   3: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1
   4: 00000000000000000000000001000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1
   5: 0000000000000000FFFF00000100007F:1F93 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1
   6: 000099FD000000000000000002000000:1F94 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1`;
  test('addresses and ports of listening sockets only', () => {
    expect(parseListening(text)).toEqual([
      { address: '127.0.0.1', port: 8080 },
      { address: '0.0.0.0', port: 80 },
      { address: '::', port: 8081 },
      { address: '::1', port: 8082 },
      { address: '127.0.0.1', port: 8083 },
      { address: 'fd99::2', port: 8084 },
    ]);
  });
  test('the proxy reaches 127.0.0.1', () => {
    expect(
      parseListening(text)
        .filter(reachable)
        .map(({ port }) => port),
    ).toEqual([8080, 80, 8081, 8083]);
  });
});

test('resolvers of resolv.conf, and the one the C library asks without any', () => {
  expect(parseResolvers('# comment\nsearch x\nnameserver 127.0.0.53\n nameserver\tfe80::1%eth0 \noptions edns0\n')).toEqual(['127.0.0.53', 'fe80::1%eth0']);
  expect(parseResolvers('')).toEqual(['127.0.0.1']);
});

test('variables for explicit upstreams', () => {
  expect(upstreamVariable({ service: 'orders-db.shop', port: 5432 })).toBe('WEFT_UPSTREAM_ORDERS_DB_SHOP_5432');
});

test('addresses', () => {
  expect([hostPort('::1', 1), hostPort('h', 2)]).toEqual(['[::1]:1', 'h:2']);
  expect(['localhost', '127.0.0.9', '::1', '10.0.0.1'].map(isLoopback)).toEqual([true, true, true, false]);
});
