import { describe, expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { metricsRules } from './index.ts';

const policy = (name: string, namespace: string, spec: object, createdAt = '2026-01-01T00:00:00Z'): string =>
  JSON.stringify({ apiVersion: 'weft.dev/v1alpha1', kind: 'TelemetryPolicy', metadata: { name, namespace, creationTimestamp: createdAt }, spec });
const of = (kind: string, name: string) => ({ targetRefs: [{ kind, name }] });
const read = (...documents: readonly string[]) => documentsOf(documents.join('\n---\n'));
const said = (spec: object): readonly string[] => read(policy('p', 'shop', spec)).diagnostics.map(({ code, at }) => `${code} ${at.path}`);
const NUMBERS = { disabled: false, without: [], series: 5_000 };

describe('what is kept of metrics', () => {
  test('without a word everything, up to 5,000 series of a namespace', () => {
    expect(metricsRules(meshOf([]), 'shop')).toEqual(NUMBERS);
  });

  test('the mesh says it for all, a namespace for itself, field by field; the older of two holds', () => {
    const mesh = meshOf(
      read(
        JSON.stringify({
          apiVersion: 'weft.dev/v1alpha1',
          kind: 'Mesh',
          metadata: { name: 'default' },
          spec: { telemetry: { metrics: { without: ['flags'], budget: { series: 9 } } } },
        }),
        policy('all', 'ops', { ...of('Mesh', 'default'), metrics: { budget: { series: 50 } } }),
        policy('old', 'shop', { ...of('Namespace', 'shop'), metrics: { budget: { series: 70 } } }),
        policy('young', 'shop', { ...of('Namespace', 'shop'), metrics: { disabled: true, budget: { series: 80 } } }, '2026-02-01T00:00:00Z'),
      ).documents,
    );
    expect(metricsRules(mesh, 'edge')).toEqual({ ...NUMBERS, without: ['flags'], series: 50 });
    expect(metricsRules(mesh, 'shop')).toEqual({ disabled: true, without: ['flags'], series: 70 });
    expect(metricsRules(mesh, 'shop')).toBe(metricsRules(mesh, 'shop'));
  });
});

describe('what is wrong', () => {
  test('numbers of something that is no namespace, or of another one', () => {
    expect(said({ ...of('Service', 'web'), metrics: { disabled: true } })).toEqual(['WEFT2302 spec.metrics']);
    expect(said({ ...of('Namespace', 'other'), metrics: { disabled: true } })).toEqual(['WEFT2302 spec.metrics']);
    expect(said({ ...of('Mesh', 'default'), metrics: { without: ['route', 'route'] } })).toEqual(['WEFT2300 spec.metrics.without[1]']);
  });

  test('nothing, for nobody', () => {
    expect(said({})).toEqual(['WEFT1801 spec', 'WEFT1802 spec']);
  });

  test('tags and places that lack or have too much', () => {
    const tags = [{ name: 'a', header: 'x', literal: 'y' }, { name: 'b' }, { name: 'b', literal: 'z' }];
    expect(said({ ...of('Service', 'web'), tracing: { tags } }).filter((each) => !each.includes('1211'))).toEqual([
      'WEFT2301 spec.tracing.tags[0]',
      'WEFT2301 spec.tracing.tags[1]',
      'WEFT2300 spec.tracing.tags[2].name',
    ]);
    const to = [{ type: 'File' }, { type: 'OTLP', format: 'JSON' }, { type: 'Stdout', path: 'x' }];
    expect(said({ ...of('Service', 'web'), accessLogs: { to } }).filter((each) => !each.includes('1211'))).toEqual([
      'WEFT2301 spec.accessLogs.to[0]',
      'WEFT2301 spec.accessLogs.to[1].format',
      'WEFT2301 spec.accessLogs.to[2].path',
    ]);
  });
});
