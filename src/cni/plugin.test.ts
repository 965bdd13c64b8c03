import { mkdtempSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { err, ok } from '../base/index.ts';
import { Agent, ANNOTATIONS, type Capture, type CniReply, type PodNetwork, readCall, readReply } from './index.ts';

const RESULT = { cniVersion: '0.4.0', interfaces: [], ips: [{ version: '4', address: '10.1.2.3/24' }] };
const ENV = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: 'box',
  CNI_NETNS: '/run/netns/x',
  CNI_IFNAME: 'eth0',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1;K8S_POD_INFRA_CONTAINER_ID=box;K8S_POD_UID=u1',
};
const conf = (annotations?: Record<string, string> | null, more: object = {}): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'bed',
    type: 'weft-cni',
    prevResult: RESULT,
    ...(annotations === undefined ? {} : { runtimeConfig: { [ANNOTATIONS]: annotations } }),
    ...more,
  });
const OURS = { 'weft.dev/cni': 'sidecar' };
const GRANTED: CniReply = { kind: 'granted' };

test('a pod that is none of ours starts, and nobody is asked', () => {
  for (const annotations of [null, {}, { 'weft.dev/proxy': 'gateway' }, { 'weft.dev/cni': '' }]) {
    const reading = readCall(ENV, conf(annotations));
    expect(reading.kind === 'say' && JSON.parse(reading.said.stdout)).toEqual(RESULT);
    expect(reading).toMatchObject({ kind: 'say', said: { exit: 0 } });
  }
});

test('one of ours waits for the agent, and while it is away for the next attempt', () => {
  const reading = readCall(ENV, conf(OURS));
  if (reading.kind !== 'ask') throw new Error('nobody is asked');
  expect(reading.request).toMatchObject({ command: 'ADD', sandbox: 'box', pod: { namespace: 'shop', name: 'web-1', uid: 'u1' }, annotations: OURS });
  expect(JSON.parse(reading.hear(GRANTED).stdout)).toEqual(RESULT);
  const away = reading.hear(undefined);
  expect([away.exit, JSON.parse(away.stdout)]).toEqual([1, { cniVersion: '0.4.0', code: 11, msg: expect.stringContaining('shop/web-1') }]);
  const refused = reading.hear({ kind: 'refused', code: 7, message: 'no' });
  expect([refused.exit, JSON.parse(refused.stdout)]).toEqual([1, { cniVersion: '0.4.0', code: 7, msg: 'no' }]);
});

test('where the runtime says nothing of pods the agent is asked about each, and holds nobody up by its absence', () => {
  const reading = readCall(ENV, conf());
  expect(reading.kind === 'ask' && [reading.request.annotations, reading.hear(undefined).exit]).toEqual([undefined, 0]);
});

test('a pod goes away whether or not the agent is there', () => {
  const reading = readCall({ ...ENV, CNI_COMMAND: 'DEL' }, conf(OURS));
  expect(reading.kind === 'ask' && reading.hear(undefined)).toEqual({ stdout: '', exit: 0 });
});

test('versions, and what is no call', () => {
  const code = (env: Record<string, string>, stdin: string): unknown => {
    const reading = readCall(env, stdin);
    return reading.kind === 'say' && reading.said.stdout !== '' ? JSON.parse(reading.said.stdout) : reading;
  };
  expect(code({ CNI_COMMAND: 'VERSION' }, '{"cniVersion":"1.0.0"}')).toMatchObject({
    cniVersion: '1.0.0',
    supportedVersions: expect.arrayContaining(['0.4.0', '1.1.0']),
  });
  expect(code({ CNI_COMMAND: 'STATUS' }, '{}')).toMatchObject({ said: { exit: 0 } });
  expect(code({}, '')).toMatchObject({ code: 4 });
  expect(code(ENV, 'x')).toMatchObject({ code: 6 });
  expect(code(ENV, '{"cniVersion":"1.0.0"}')).toMatchObject({ code: 7, cniVersion: '1.0.0' });
});

async function said(socket: string, text: string): Promise<CniReply | undefined> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const connection = connect({ path: socket, allowHalfOpen: true }, () => connection.end(text));
    connection.on('data', (chunk) => (heard += chunk.toString()));
    connection.once('end', () => resolve(readReply(heard)));
    connection.once('error', reject);
  });
}

test('the agent gives a pod to the capture that it names, and refuses what it does not know', async () => {
  const seen: [string, PodNetwork][] = [];
  let answer: Awaited<ReturnType<Capture['add']>> = ok(undefined);
  const capture: Capture = {
    add: async (network) => {
      seen.push(['add', network]);
      return answer;
    },
    check: async () => err({ later: false, message: 'gone' }),
    remove: async (network) => void seen.push(['remove', network]),
  };
  const socket = join(mkdtempSync(join(tmpdir(), 'weft-cni-')), 'cni.sock');
  await using _agent = await Agent.open({
    socket,
    captures: { sidecar: capture },
    annotations: async () => undefined,
    netns: (path) => `/host${path}`,
    tell: () => {},
  });
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  const ask = async (annotations: Record<string, string> | undefined, command = 'ADD') => {
    const reading = readCall({ ...ENV, CNI_COMMAND: command }, conf(annotations));
    return reading.kind === 'ask' ? said(socket, JSON.stringify(reading.request)) : undefined;
  };
  expect(await ask(OURS)).toEqual(GRANTED);
  expect(seen).toEqual([['add', expect.objectContaining({ netns: '/host/run/netns/x', addresses: ['10.1.2.3'], annotations: OURS })]]);
  answer = err({ later: true, message: 'not yet' });
  expect(await ask(OURS)).toEqual({ kind: 'refused', code: 11, message: 'not yet' });
  expect(await ask(OURS, 'CHECK')).toMatchObject({ code: 7, message: 'gone' });
  expect(await ask(OURS, 'DEL')).toEqual(GRANTED);
  expect(await ask({ 'weft.dev/cni': 'other' })).toMatchObject({ code: 11 });
  expect(await ask(undefined)).toEqual(GRANTED);
  expect(await said(socket, 'nonsense')).toMatchObject({ kind: 'refused', code: 6 });
});
