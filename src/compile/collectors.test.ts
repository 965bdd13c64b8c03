// A policy that sends access logs to a collector says so while there is none, and no longer once the Mesh names one.
import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import { apply, type Document, documentKey } from '../model/index.ts';
import { documentDiagnostics, neighbours } from './index.ts';

const POLICY = `{ apiVersion: weft.dev/v1alpha1, kind: TelemetryPolicy, metadata: { name: logs, namespace: a },
  spec: { targetRefs: [{ kind: Namespace, name: a }], accessLogs: { to: [{ type: Stdout }, { type: OTLP }] } } }`;
const named = '{ apiVersion: weft.dev/v1alpha1, kind: Mesh, metadata: { name: default }, spec: { collectors: { logs: { endpoint: "http://c:4318" } } } }';
const OWN = '{ apiVersion: weft.dev/v1alpha1, kind: Mesh, metadata: { name: default }, spec: { telemetry: { accessLogs: { to: [{ type: OTLP }] } } } }';

const firstOf = (text: string): Document => {
  const [document] = documentsOf(text).documents;
  if (document === undefined) throw new Error('no document');
  return document;
};

test('WEFT2460 at the place that is nowhere; a Mesh that names a collector ends it, and is known to', () => {
  const [policy, mesh] = [firstOf(POLICY), firstOf(named)];
  const before = meshOf([policy]);
  const said = documentDiagnostics(before, documentKey(policy));
  expect(said.map(({ code, at }) => `${code} ${at.path}`)).toEqual(['WEFT2460 spec.accessLogs.to[1]']);
  const { mesh: after, changes } = apply(before, [{ kind: 'put', document: mesh }]);
  expect([...neighbours(before, after, changes)]).toContain(documentKey(policy));
  expect(documentDiagnostics(after, documentKey(policy))).toEqual([]);
});

test('a Mesh says it of its own places', () => {
  const mesh = firstOf(OWN);
  expect(documentDiagnostics(meshOf([mesh]), documentKey(mesh)).map(({ code, at }) => `${code} ${at.path}`)).toEqual([
    'WEFT2460 spec.telemetry.accessLogs.to[0]',
  ]);
});
