// The plugin as a container runtime runs it: the executable that hosts get, real network namespaces, real nft. No cluster.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPlugin } from '../../scripts/plugin.ts';
import { Agent, ANNOTATIONS, putPlugin, removePlugin, repair, sidecarCapture, tryPlugin } from '../../src/cni/index.ts';
import { hasPodNet, PodNet } from '../kit/pod-net.ts';
import { needs } from '../kit/require.ts';

const skip = needs('root', hasPodNet()).skip;
const OURS = { 'weft.dev/cni': 'sidecar', 'weft.dev/exclude-outbound-ports': '3306' };
const RESULT = { cniVersion: '1.0.0', ips: [{ address: '10.213.7.2/24' }] };
const never = new AbortController().signal;

describe.skipIf(skip)('the plugin', () => {
  let net: PodNet;
  let folder: string;
  let socket: string;

  beforeAll(async () => {
    net = PodNet.open();
    for (const name of ['ours', 'theirs', 'missed']) net.pod(name);
    folder = net.folder;
    socket = join(folder, 'cni.sock');
    await buildPlugin(join(folder, 'plugin.cjs'));
    putPlugin({ folder, host: '', node: process.execPath, script: readFileSync(join(folder, 'plugin.cjs'), 'utf8') }, folder);
  });
  afterAll(() => net[Symbol.asyncDispose]());

  const open = () => Agent.open({ socket, captures: { sidecar: sidecarCapture() }, annotations: async () => undefined, tell: () => {} });

  /** What a runtime does; its result, and how it ended. */
  function called(command: string, pod: string, annotations: object): Promise<{ readonly exit: number | null; readonly said: unknown }> {
    const env = {
      CNI_COMMAND: command,
      CNI_CONTAINERID: pod,
      CNI_NETNS: net.netns(pod),
      CNI_IFNAME: 'eth0',
      CNI_ARGS: `K8S_POD_NAMESPACE=shop;K8S_POD_NAME=${pod}`,
    };
    const conf = { cniVersion: '1.0.0', name: 'bed', type: 'weft-cni', socket, prevResult: RESULT, runtimeConfig: { [ANNOTATIONS]: annotations } };
    return new Promise((resolve) => {
      const child = spawn(join(folder, 'weft-cni'), { env, stdio: ['pipe', 'pipe', 'inherit'] });
      let stdout = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.once('close', (exit) => resolve({ exit, said: stdout === '' ? undefined : JSON.parse(stdout) }));
      child.stdin.end(JSON.stringify(conf));
    });
  }

  const rulesIn = (pod: string): string => execFileSync('nsenter', [`--net=${net.netns(pod)}`, 'nft', 'list', 'ruleset'], { encoding: 'utf8' });

  test('it runs by itself, with no Node and no shell of the host', async () => {
    expect(await tryPlugin({ folder, host: '' })).toEqual({ ok: true, value: undefined });
  });

  test('while the agent is away a pod of the mesh does not start, and every other one does', async () => {
    expect(await called('ADD', 'ours', OURS)).toMatchObject({ exit: 1, said: { cniVersion: '1.0.0', code: 11 } });
    expect(rulesIn('ours')).toBe('');
    expect(await called('ADD', 'theirs', { app: 'x' })).toEqual({ exit: 0, said: RESULT });
    expect(await called('DEL', 'ours', OURS)).toEqual({ exit: 0, said: undefined });
  });

  test('the agent writes the rules of the pod, and looks whether they are there', async () => {
    await using _agent = await open();
    expect(await called('CHECK', 'ours', OURS)).toMatchObject({ exit: 1, said: { code: 7 } });
    expect(await called('ADD', 'ours', OURS)).toEqual({ exit: 0, said: RESULT });
    expect(rulesIn('ours')).toContain('tcp dport 15022 redirect to :15021');
    expect(rulesIn('ours')).toContain('tcp dport 3306 return');
    expect(await called('CHECK', 'ours', OURS)).toEqual({ exit: 0, said: undefined });
    expect(await called('ADD', 'theirs', {})).toEqual({ exit: 0, said: RESULT });
    expect(rulesIn('theirs')).toBe('');
  });

  test('an answer at the gate proves the rules: without them nobody listens there', async () => {
    const answer = "require('http').createServer((q, a) => a.end('ready')).listen(15021, '0.0.0.0')";
    net.run('ours', answer);
    net.run('theirs', answer);
    const at = (address: string, port: number): Promise<string> =>
      fetch(`http://${address}:${port}/`).then(
        (got) => got.text(),
        () => 'refused',
      );
    for (const address of ['10.213.7.2', '10.213.7.3']) while ((await at(address, 15_021)) !== 'ready') await new Promise((done) => setTimeout(done, 20));
    expect([await at('10.213.7.2', 15_022), await at('10.213.7.3', 15_022)]).toEqual(['ready', 'refused']);
  });

  test('a pod that was made without the plugin is found by its address, and put right once', async () => {
    const pod = { pod: { namespace: 'shop', name: 'missed', uid: 'u' }, annotations: OURS, interface: 'eth0', addresses: ['10.213.7.4'], previous: undefined };
    const how = { capture: sidecarCapture(), folder: '/run/netns', signal: never };
    expect([await repair(pod, how), await repair(pod, how)]).toEqual(['repaired', 'not needed']);
    expect(rulesIn('missed')).toContain('15022');
    expect(await repair({ ...pod, addresses: ['10.213.7.99'] }, how)).toMatchObject({ failed: expect.stringContaining('/run/netns') });
  });

  test('it goes without a trace', () => {
    removePlugin(folder);
    expect(readdirSync(folder).filter((name) => name.startsWith('weft-cni'))).toEqual([]);
  });
});
