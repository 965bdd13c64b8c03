import { applyPatch } from 'rfc6902';
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, injectObject, podsIn, stripObject } from './index.ts';

const how = { settings: { ...DEFAULT_SETTINGS, version: '0.1.0' }, namespace: 'shop' };
const template = (labels: object = {}) => ({ metadata: { labels: { app: 'web', ...labels } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } });
const made = (kind: string, spec: object, name = 'web') => ({ apiVersion: 'apps/v1', kind, metadata: { name }, spec });
const done = (object: unknown, patches: readonly { readonly patch: readonly unknown[] }[]): unknown => {
  const copy = structuredClone(object);
  for (const { patch } of patches) expect(applyPatch(copy, structuredClone(patch) as never).filter((problem) => problem !== null)).toEqual([]);
  return copy;
};

const DEPLOYMENT = made('Deployment', { replicas: 2, template: template() });
const CRONJOB = made('CronJob', { schedule: '* * * * *', jobTemplate: { spec: { template: template() } } }, 'nightly');
const LIST = { apiVersion: 'v1', kind: 'List', items: [DEPLOYMENT, made('Service', { ports: [] }), { kind: 'DeploymentList', items: [CRONJOB] }] };

test('pods are found wherever they stand', () => {
  expect(podsIn(LIST, 'shop').map(({ what, path }) => `${what} ${path}`)).toEqual([
    'Deployment web /items/0/spec/template',
    'CronJob nightly /items/2/items/0/spec/jobTemplate/spec/template',
  ]);
  expect(podsIn({ kind: 'Pod', metadata: { name: 'p', namespace: 'other' }, spec: {} }, 'shop')).toMatchObject([
    { what: 'Pod p', path: '', namespace: 'other' },
  ]);
  for (const other of [undefined, [], 'x', { kind: 'Deployment' }, { kind: 'List', items: 3 }]) expect(podsIn(other, 'shop')).toEqual([]);
});

test('twice is once, and it can be taken out again', () => {
  const first = injectObject(LIST, how);
  expect(first.map(({ kind }) => kind)).toEqual(['injected', 'injected']);
  const once = done(LIST, first);
  expect(injectObject(once, how).flatMap(({ patch }) => patch)).toEqual([]);
  expect(done(once, stripObject(once, 'shop'))).toEqual(LIST);
  expect(stripObject(LIST, 'shop').map(({ kind }) => kind)).toEqual(['unchanged', 'unchanged']);
});

test('what is refused or left alone is said of what it is in', () => {
  const spec = { template: { ...template(), metadata: { annotations: { 'weft.dev/drain-seconds': 'x' } } } };
  expect(injectObject(made('Deployment', spec), how)).toMatchObject([
    {
      kind: 'refused',
      patch: [],
      diagnostics: [{ code: 'WEFT2420', at: { kind: 'Deployment', name: 'web', path: 'spec.template.metadata.annotations["weft.dev/drain-seconds"]' } }],
    },
  ]);
  expect(injectObject(made('Job', { template: template({ 'weft.dev/inject': 'disabled' }) }), how)).toMatchObject([
    { kind: 'left', why: 'it says weft.dev/inject: disabled' },
  ]);
});
