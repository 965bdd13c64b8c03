// The Helm chart renders what `weft install` prints for the same values, and refuses what it refuses: shown by Helm itself, whose path WEFT_HELM says.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { WEFT_VERSION } from '../../src/bin/version.ts';
import { definitionManifests, type Manifest, manifests, readValues, valuesSchema } from '../../src/install/index.ts';
import { CHART_VALUES, REFUSED_VALUES } from '../kit/chart-values.ts';
import { needs } from '../kit/require.ts';

const CHART = resolve(import.meta.dirname, '../../deploy/helm/weft');
const HELM = process.env['WEFT_HELM'] ?? 'helm';
const hasHelm = spawnSync(HELM, ['version']).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'weft-chart-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMESPACE = 'weft-system';
const nameOf = ({ kind, metadata: { namespace = '', name } }: Manifest): string => `${kind} ${namespace}/${name}`;
const byName = (all: readonly Manifest[]): Readonly<Record<string, Manifest>> => Object.fromEntries(all.map((each) => [nameOf(each), each]));

function helm(values: unknown, ...more: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const file = join(folder, 'values.json');
  writeFileSync(file, JSON.stringify(values));
  const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
  return spawnSync(HELM, ['template', 'weft', CHART, '-n', NAMESPACE, '--kube-version', '1.36.0', '-f', file, ...more], {
    encoding: 'utf8',
    maxBuffer: 1e8,
    env,
  });
}

/** As kubectl and Helm read it. */
const read = (text: string): readonly Manifest[] =>
  parseAllDocuments(text, { version: '1.1' }).flatMap((each) => ((each.toJS() ?? undefined) === undefined ? [] : [each.toJS() as Manifest]));

/** Without the release's own namespace, which Helm makes. */
function installed(value: unknown): readonly Manifest[] {
  const values = readValues([{ from: 'test', value: { namespace: NAMESPACE, ...(value as object) } }]);
  if (!values.ok) throw new Error(JSON.stringify(values.error));
  return manifests({ values: values.value, version: WEFT_VERSION }).filter(({ kind, metadata: { name } }) => kind !== 'Namespace' || name !== NAMESPACE);
}

type Fields = Readonly<Record<string, unknown>>;

function pathsOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((each) => pathsOf(each, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, each]) => pathsOf(each, path === '' ? name : `${path}.${name}`))];
}

function leavesOf(schema: Fields, path = ''): readonly string[] {
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Fields>>);
  const items = schema['items'] as Fields | undefined;
  if (items !== undefined && items['properties'] !== undefined) return leavesOf(items, `${path}[]`);
  if (properties.length === 0) return [path];
  return properties.flatMap(([name, each]) => leavesOf(each, path === '' ? name : `${path}.${name}`));
}

test('every value is among those that are compared', () => {
  const touched = new Set(Object.values(CHART_VALUES).flatMap((each) => pathsOf(each)));
  const all = leavesOf(z.toJSONSchema(valuesSchema, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Fields);
  expect(all.length).toBeGreaterThan(25);
  expect(all.filter((path) => path !== 'namespace' && !touched.has(path))).toEqual([]);
});

describe.skipIf(needs('helm', hasHelm).skip)('the chart', () => {
  test.each(Object.entries(CHART_VALUES))('renders what weft install prints: %s', (_name, value) => {
    const { status, stdout, stderr } = helm(value);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const got = read(stdout);
    const wanted = installed(value);
    expect(byName(got)).toEqual(byName(wanted));
    expect(got).toHaveLength(wanted.length);
  });

  test.each(Object.entries(REFUSED_VALUES))('refuses: %s', (_name, { value, words }) => {
    const { status, stderr } = helm(value);
    expect(stderr).toContain(words);
    expect(status).not.toBe(0);
    expect(readValues([{ from: 'test', value: { namespace: NAMESPACE, ...(value as object) } }]).ok).toBe(false);
  });

  test('brings the definitions of weft install', () => {
    const got = read(helm({}, '--include-crds').stdout).filter(({ kind }) => kind === 'CustomResourceDefinition');
    expect(byName(got)).toEqual(byName(definitionManifests()));
  });

  test('within another chart, Helm’s own global is no unknown value', () => {
    expect(helm({ global: { storageClass: 'fast' } }).status).toBe(0);
  });
});
