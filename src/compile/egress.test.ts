// What leaves the mesh by a Gateway: which changes touch what.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentsOf, fingerprint, fullSet, meshOf, sidecarOf } from '../../test/kit/compiled.ts';
import { apply, type Document, documentKey, type Mesh } from '../model/index.ts';
import { affected, neighbours } from './index.ts';

const { documents } = documentsOf(readFileSync(join(import.meta.dirname, 'goldens', 'egress', 'in.yaml'), 'utf8'));
const mesh = meshOf(documents);
const PAYMENTS = 'shop/external:payments';

function named(name: string): Document {
  const found = documents.find(({ kind, metadata }) => `${kind} ${metadata.name}` === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function changed(name: string, spec: object) {
  const document = named(name);
  return apply(mesh, [{ kind: 'put', document: { ...document, spec: { ...(document.spec as object), ...spec } as Document['spec'] } }]);
}

const differing = (next: Mesh, workload: string): readonly string[] => {
  const before = new Set(fingerprint(fullSet(mesh, sidecarOf(workload)).resources));
  return fingerprint(fullSet(next, sidecarOf(workload)).resources).filter((line) => !before.has(line));
};

test('a proxy of the gateway that moves, or goes, changes endpoints of sidecars and nothing else', () => {
  const moved = changed('Workload out-1', { address: '10.0.0.10' });
  const gone = apply(mesh, [{ kind: 'delete', key: documentKey(named('Workload out-1')) }]);
  for (const { mesh: next, changes } of [moved, gone]) {
    const found = affected(mesh, next, changes);
    expect(found.services.get(PAYMENTS as never)).toEqual({ clusters: false, endpoints: true, routes: false });
    expect([...new Set(differing(next, 'shop/web-1').map((line) => line.split(' ')[0]))]).toEqual(['endpoints']);
    expect([...neighbours(mesh, next, changes)]).toContain(documentKey(named('ExternalService payments')));
  }
});

test('where the server is concerns the gateway, not the sidecars', () => {
  const { mesh: next, changes } = changed('ExternalService legacy', { addresses: ['192.0.2.8'] });
  expect([...affected(mesh, next, changes).gateways]).toEqual(['edge/out']);
  expect(differing(next, 'shop/web-1')).toEqual([]);
  expect(differing(next, 'edge/out-1').every((line) => line.startsWith('endpoints egress|'))).toBe(true);
});

test('a sidecar has no way to the server itself', () => {
  const text = JSON.stringify(fullSet(mesh, sidecarOf('shop/web-1')).resources.map(({ body }) => body.map((piece) => Buffer.from(piece).toString('latin1'))));
  expect(text).not.toContain('192.0.2.7');
});
