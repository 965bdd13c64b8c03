// Pods that Kubernetes' node controller calls not ready because it has not heard of their nodes.
import { expect, test } from 'vitest';
import { Translation } from './translation.ts';

const at = (s: number): string => new Date(Date.UTC(2026, 10, 22) + s * 1000).toISOString();

/** A cluster of nodes `n1`, `n2` … with a pod each, `web-n1` …; who reads the mesh asks for states. */
class Cluster {
  readonly #states = new Map<string, unknown>();
  readonly #translation = new Translation({
    tell: (event) => event.kind === 'put' && this.#states.set(event.document.metadata.name, event.document.spec['state']),
    problems: () => undefined,
  });

  constructor(nodes: number) {
    for (let n = 1; n <= nodes; n++) {
      this.node(`n${n}`, 'True', 0);
      this.pod(`n${n}`, 'True', 0);
    }
  }

  node(name: string, status: string, since: number): void {
    const conditions = [{ type: 'Ready', status, lastTransitionTime: at(since) }];
    this.#translation.node(name, { metadata: { name, creationTimestamp: at(-100) }, status: { conditions } });
  }

  pod(node: string, status: string, since: number, more: { containers?: string; deleted?: boolean } = {}): void {
    const conditions = [
      { type: 'Ready', status, lastTransitionTime: at(since) },
      { type: 'ContainersReady', status: more.containers ?? 'True' },
    ];
    const metadata = { name: `web-${node}`, namespace: 'shop', ...(more.deleted === true ? { deletionTimestamp: at(since) } : {}) };
    this.#translation.pod(`shop/web-${node}`, { metadata, spec: { nodeName: node }, status: { podIP: '10.0.0.1', conditions } });
  }

  get states(): readonly unknown[] {
    return [...this.#states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state);
  }
}

test('one node of several is not heard of: its pods get nothing new', () => {
  const cluster = new Cluster(3);
  cluster.node('n1', 'Unknown', 60);
  cluster.pod('n1', 'False', 60);
  expect(cluster.states).toEqual(['Starting', 'Ready', 'Ready']);
  const two = new Cluster(2);
  two.node('n1', 'Unknown', 60);
  two.pod('n1', 'False', 60);
  expect(two.states).toEqual(['Starting', 'Ready']);
});

test('an API server comes back to nodes none of which was heard of: pods stay as their kubelets left them, until these speak again', () => {
  const cluster = new Cluster(3);
  for (const n of ['n1', 'n2', 'n3']) {
    cluster.node(n, 'Unknown', 60);
    cluster.pod(n, 'False', 60);
  }
  expect(cluster.states).toEqual(['Ready', 'Ready', 'Ready']);
  // Kubelets come back one after the other, first with their nodes.
  cluster.node('n1', 'True', 75);
  cluster.node('n2', 'True', 80);
  expect(cluster.states).toEqual(['Ready', 'Ready', 'Ready']);
  cluster.pod('n1', 'True', 90);
  cluster.pod('n2', 'False', 91, { containers: 'False' });
  expect(cluster.states).toEqual(['Ready', 'Starting', 'Ready']);
  cluster.pod('n3', 'False', 60, { deleted: true });
  expect(cluster.states).toEqual(['Ready', 'Starting', 'Draining']);
});

test('whoever begins to listen in the middle of it, in whatever order, sees the same', () => {
  const cluster = new Cluster(0);
  for (const n of ['n1', 'n2']) cluster.pod(n, 'False', 60);
  expect(cluster.states).toEqual(['Starting', 'Starting']);
  cluster.node('n1', 'True', 75);
  cluster.node('n2', 'Unknown', 60);
  expect(cluster.states).toEqual(['Ready', 'Ready']);
});

test('a node that dies after all have come back is dead', () => {
  const cluster = new Cluster(3);
  for (const n of ['n1', 'n2', 'n3']) cluster.node(n, 'True', 75);
  cluster.node('n1', 'Unknown', 300);
  cluster.pod('n1', 'False', 300);
  expect(cluster.states).toEqual(['Starting', 'Ready', 'Ready']);
});
