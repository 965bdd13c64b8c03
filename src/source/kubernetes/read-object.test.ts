import { expect, test } from 'vitest';
import { readObject } from './read-object.ts';

const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec });

test('a field of a newer server is left out with a warning', () => {
  const { document, diagnostics } = readObject(service({ selector: { app: 'web' }, ports: [{ port: 80, brandNew: true }], later: { a: 1 } }), false);
  expect(document?.spec).toMatchObject({ ports: [{ port: 80 }] });
  expect(JSON.stringify(document)).not.toMatch(/brandNew|later/);
  const unknown = diagnostics.filter(({ code }) => code === 'WEFT1203');
  expect(unknown.map(({ code, severity, at }) => [code, severity, at.path]).sort()).toEqual([
    ['WEFT1203', 'warning', 'spec.later'],
    ['WEFT1203', 'warning', 'spec.ports[0].brandNew'],
  ]);
});

test('the same in a document of ours is a mistake, as is anything else', () => {
  expect(readObject(service({ ports: [{ port: 80, brandNew: true }] }), true).document).toBeUndefined();
  expect(readObject(service({ ports: [{ port: 0 }] }), false).document).toBeUndefined();
});
