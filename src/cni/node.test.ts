import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PodNetwork } from './capture.ts';
import { nodeCapture } from './node.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-pods-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const network = (more: Partial<PodNetwork> = {}): PodNetwork => ({
  pod: { namespace: 'shop', name: 'web-1', uid: 'uid-1' },
  sandbox: 's1',
  annotations: {},
  netns: '/host/run/netns/cni-1',
  interface: 'eth0',
  addresses: ['fd00::7', '10.244.0.7'],
  previous: {},
  ...more,
});
/** `nft` that succeeds, or does not. */
const capture = (program: 'true' | 'false') => nodeCapture({ host: '/host', folder, programs: { nsenter: program, nft: 'nft' } });

test('the link is named by what the API server says of the pod, and leads where the proxy finds the namespace', async () => {
  expect(await capture('true').add(network(), signal)).toMatchObject({ ok: true });
  expect(readlinkSync(join(folder, 'uid-1@10.244.0.7'))).toBe('/run/netns/cni-1');
  expect(await capture('true').check(network(), signal)).toMatchObject({ ok: true });
  // the same pod in another sandbox, under its address
  await capture('true').add(network({ netns: '/host/run/netns/cni-2' }), signal);
  expect(readlinkSync(join(folder, 'uid-1@10.244.0.7'))).toBe('/run/netns/cni-2');
  expect(await capture('true').check(network(), signal)).toMatchObject({ ok: false });
});

test('without its rules a pod has no link; what the proxy could not reach is refused', async () => {
  expect(await capture('false').add(network(), signal)).toMatchObject({ ok: false });
  for (const more of [{ addresses: ['fd00::7'] }, { netns: '/host/proc/7/ns/net' }, { netns: '/host/run/netns/../../x' }])
    expect(await capture('true').add(network(more), signal)).toMatchObject({ ok: false, error: { later: false } });
  expect(readdirSync(folder)).toEqual([]);
});

test('a sandbox that goes takes its link along, also where nobody says which address it had; twice is well', async () => {
  for (const [uid, addresses] of Object.entries({ a: ['10.0.0.1'], b: ['10.0.0.2'] }))
    await capture('true').add(network({ pod: { namespace: 'shop', name: uid, uid }, addresses }), signal);
  const gone = network({ pod: { namespace: 'shop', name: 'a', uid: 'a' }, addresses: [], netns: '' });
  await capture('true').remove(gone);
  await capture('true').remove(gone);
  expect(readdirSync(folder)).toEqual(['b@10.0.0.2']);
});
