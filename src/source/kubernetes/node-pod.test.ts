// Pods that the proxy of their node serves: whose pod that is, the cluster says.
import { beforeEach, expect, test } from 'vitest';
import type { Document } from '../../model/index.ts';
import { Translation } from './translation.ts';

let documents: Map<string, Document>;
let problems: Map<string, readonly string[]>;
let translation: Translation;

beforeEach(() => {
  documents = new Map();
  problems = new Map();
  translation = new Translation({
    nodes: { namespace: 'weft-system', serviceAccount: 'weft-node' },
    tell: (event) => {
      if (event.kind === 'put') documents.set(`${event.document.metadata.namespace}/${event.document.metadata.name}`, event.document);
      else documents.delete(event.key.split('/').slice(-2).join('/'));
    },
    problems: (key, found) => {
      problems.set(
        key,
        found.map(({ code }) => code),
      );
    },
  });
});

interface Given {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly account?: string;
  readonly ready?: boolean;
  readonly created?: string;
  readonly phase?: string;
}

function pod(
  key: string,
  { annotations = { 'weft.dev/proxy': 'node' }, account = 'web', ready = true, created = '2026-11-22T04:00:00Z', phase = 'Running' }: Given = {},
): void {
  const [namespace = '', name = ''] = key.split('/');
  translation.pod(key, {
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: created, annotations },
    spec: { serviceAccountName: account, nodeName: 'n1', containers: [{ ports: [{ containerPort: 8080 }] }] },
    status: { phase, podIP: '10.244.0.7', podIPs: [{ ip: '10.244.0.7' }], conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });
}

const AGENT: Given = { annotations: { 'weft.dev/proxy': 'node-proxy' }, account: 'weft-node' };
const spec = (key: string) =>
  documents.get(key)?.spec as { readonly node?: boolean; readonly proxy?: { readonly node?: string; readonly capture: object } } | undefined;

test('a pod is served by the proxy that runs on its node, in its own network namespace', () => {
  pod('weft-system/weft-node-a', AGENT);
  const probes = [{ path: '/probe/app/livenessProbe', kind: 'http', port: 8080, targetPath: '/healthz', timeoutMs: 1000, periodMs: 10_000 }];
  pod('shop/web-1', { annotations: { 'weft.dev/proxy': 'node', 'weft.dev/probes': JSON.stringify(probes) } });
  expect(spec('weft-system/weft-node-a')).toMatchObject({ node: true, ports: [], machine: 'n1', serviceAccount: 'weft-node' });
  expect(spec('shop/web-1')).toMatchObject({
    machine: 'n1',
    serviceAccount: 'web',
    ports: [{ port: 8080 }],
    proxy: { node: 'weft-system/weft-node-a', capture: { mode: 'pod', netns: '/run/weft/pods/uid-web-1@10.244.0.7', probes } },
  });
});

test('who serves follows the pods of the node: the ready one, of several the newest; without one nobody does', () => {
  pod('shop/web-1');
  const server = (): string | undefined => spec('shop/web-1')?.proxy?.node;
  expect(server()).toBe('weft-system/weft-node.n1');
  pod('weft-system/weft-node-a', AGENT);
  expect(server()).toBe('weft-system/weft-node-a');
  pod('weft-system/weft-node-b', { ...AGENT, ready: false, created: '2026-11-22T05:00:00Z' });
  expect(server()).toBe('weft-system/weft-node-a');
  pod('weft-system/weft-node-b', { ...AGENT, created: '2026-11-22T05:00:00Z' });
  expect(server()).toBe('weft-system/weft-node-b');
  pod('weft-system/weft-node-b', { ...AGENT, phase: 'Failed' });
  expect(server()).toBe('weft-system/weft-node-a');
  translation.pod('weft-system/weft-node-a', undefined);
  expect(server()).toBe('weft-system/weft-node.n1');
});

test('neither an annotation nor a namespace alone makes a pod the proxy of a node', () => {
  pod('shop/weft-node-a', AGENT);
  pod('weft-system/other', { ...AGENT, account: 'other' });
  pod('weft-system/agent', { ...AGENT, annotations: {} });
  for (const key of ['shop/weft-node-a', 'weft-system/other', 'weft-system/agent']) expect(spec(key)).toMatchObject({ plaintext: true });
  pod('shop/web-1');
  expect(spec('shop/web-1')?.proxy?.node).toBe('weft-system/weft-node.n1');
});

test('a Workload that somebody writes has no proxy and is none, and does not take the place of a pod', () => {
  const written = (name: string, more: object) => ({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name, namespace: 'shop' },
    spec: { serviceAccount: 'payments', address: '10.0.0.9', ...more },
  });
  pod('weft-system/weft-node-a', AGENT);
  const proxy = { capture: { mode: 'pod', netns: '/run/weft/pods/uid-mine@10.0.0.9' }, node: 'weft-system/weft-node-a' };
  translation.document(written('mine', { proxy, node: true, gateway: 'main' }));
  expect(spec('shop/mine')).toMatchObject({ address: '10.0.0.9' });
  for (const field of ['proxy', 'node', 'gateway']) expect(spec('shop/mine')).not.toHaveProperty(field);
  expect(problems.get('Workload shop/mine')).toEqual(['WEFT2484', 'WEFT2484', 'WEFT2484']);
  pod('shop/web-1');
  translation.document(written('web-1', {}));
  translation.gone('weft.dev/v1alpha1', 'Workload', 'shop/web-1');
  expect(spec('shop/web-1')).toMatchObject({ serviceAccount: 'web', proxy: { node: 'weft-system/weft-node-a' } });
});

test('what the injector would not have written costs the pod alone', () => {
  pod('shop/web-1', { annotations: { 'weft.dev/proxy': 'node', 'weft.dev/probes': '{' } });
  expect(documents.size).toBe(0);
  expect(problems.get('Workload shop/web-1')).not.toEqual([]);
});
