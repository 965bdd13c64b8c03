// S-16 in a kube cluster: docs/PORTS.md has every port that manifests declare and that proxies in pods bind, and no other.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { GATE_PORT, INBOUND_PORT, NAMES_PORT, OUTBOUND_PORT, READY_PORT, SERVICE_NAMES_PORT } from '../../src/compile/pod/ports.ts';
import { manifests, readValues } from '../../src/install/index.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/PORTS.md'), 'utf8');
const documented = (process: string): readonly number[] =>
  page.split('\n').flatMap((line) => (line.startsWith(`| ${process} |`) ? [Number(line.split('|')[5])] : []));

/** Of all containers, whatever the values are. */
function declared(value: unknown, kind: string): ReadonlySet<number> {
  const values = readValues([{ from: 'test', value }]);
  if (!values.ok) throw new Error(JSON.stringify(values.error));
  const text = JSON.stringify(manifests({ values: values.value, version: '1.2.3' }).filter((each) => each.kind === kind));
  expect(text).not.toMatch(/"hostPort"|"hostNetwork":true/);
  return new Set([...text.matchAll(/"containerPort":(\d+)/g)].map(([, port]) => Number(port)));
}

test('every port that a pod of Weft declares stands on the page, and no other', () => {
  expect([...declared({}, 'Deployment')].sort()).toEqual([...documented('control plane, kube')].sort());
  expect([...declared({ injection: { interception: 'CNI' } }, 'DaemonSet')].sort()).toEqual([...documented('agent of a node, kube')].sort());
});

test('every port of a proxy in a pod stands on the page, and no other', () => {
  expect([...documented("pod, sidecar or node's proxy")].sort()).toEqual(
    [OUTBOUND_PORT, INBOUND_PORT, NAMES_PORT, SERVICE_NAMES_PORT, READY_PORT, GATE_PORT].sort(),
  );
});
