// The definitions of our kinds, put into a real API server.
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { definitions } from '../../src/install/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { KINDS, kindOf } from '../../src/policy/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const home = resolve(import.meta.dirname, '../..');
const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
/** What Weft notes for itself has no definition. */
const ours = KINDS.filter(
  (kind) => kind.group === 'weft.dev' && definitions().some(({ metadata }) => (metadata as KubeObject['metadata']).name === `${kind.plural}.weft.dev`),
);

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}
const conditionsOf = (object: KubeObject | undefined): readonly Condition[] =>
  (object?.['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? [];

/** Every document of ours that the users' documentation shows. */
function shown(): readonly { readonly from: string; readonly document: KubeObject & { readonly kind: string; readonly apiVersion: string } }[] {
  const pages = globSync(['src/policy/*/README.md', 'docs/*.md', 'README.md'], { cwd: home });
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(home, page), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => ({ from: page, text })),
  );
  const files = globSync('examples/**/*.yaml', { cwd: home }).map((file) => ({ from: file, text: readFileSync(join(home, file), 'utf8') }));
  return [...blocks, ...files].flatMap(({ from, text }) =>
    parseAllDocuments(text)
      .map((each) => each.toJS() as (KubeObject & { kind: string; apiVersion: string }) | null)
      .filter((document) => document?.apiVersion?.startsWith('weft.dev/') === true && document.metadata !== undefined)
      .map((document) => ({ from, document: document as KubeObject & { kind: string; apiVersion: string } })),
  );
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('definitions of our kinds', () => {
  let api: KubeApi;
  beforeAll(async () => {
    api = await KubeApi.start();
    for (const definition of definitions()) await api.client.apply(DEFINITIONS, definition as unknown as KubeObject, { fieldManager: 'weft' });
  }, 120_000);
  afterAll(() => api[Symbol.asyncDispose]());

  const typeOf = (kind: (typeof ours)[number]): ResourceType => kind;

  test.each(ours.map((kind) => [kind.kind, kind] as const))('%s is established, and structural', async (_name, kind) => {
    const name = `${kind.plural}.weft.dev`;
    const found = await eventually('established', async () => {
      const definition = await api.client.get(DEFINITIONS, { name });
      return conditionsOf(definition).some(({ type, status }) => type === 'Established' && status === 'True') ? definition : undefined;
    });
    expect(conditionsOf(found).filter(({ type, status }) => type === 'NonStructuralSchema' && status === 'True')).toEqual([]);
    expect(conditionsOf(found).find(({ type }) => type === 'NamesAccepted')).toMatchObject({ status: 'True' });
  });

  test('every document that the documentation shows is taken, and comes back as it was', async () => {
    const documents = shown();
    expect(documents.length).toBeGreaterThan(30);
    for (const { from, document } of documents) {
      const kind = kindOf(document.apiVersion, document.kind);
      expect(kind, `${from}: ${document.kind}`).toBeDefined();
      if (kind === undefined) continue;
      const metadata = { ...document.metadata, ...(kind.namespaced ? { namespace: 'default' } : {}) };
      const taken = await api.client
        .apply(typeOf(kind), { ...document, metadata }, { fieldManager: 'test', dryRun: true, force: true })
        .catch((error: unknown) => error);
      expect(taken, `${from}: ${document.kind} ${document.metadata.name}`).toMatchObject({ spec: document['spec'] });
    }
  });

  test('what the schema refuses, the server refuses; what it does not know is kept for somebody to name', async () => {
    const workload = ours.find(({ kind }) => kind === 'Workload');
    if (workload === undefined) throw new Error('no Workload');
    const write = (spec: object) =>
      api.client
        .apply(workload, { metadata: { name: 'w', namespace: 'default' }, spec }, { fieldManager: 'test', dryRun: true })
        .catch((error: unknown) => error);
    expect(await write({ address: '10.0.0.1', weight: 0 })).toMatchObject({ code: 'invalid', message: expect.stringContaining('spec.weight') });
    expect(await write({})).toMatchObject({ code: 'invalid', message: expect.stringContaining('spec.address') });
    const netns = { address: '10.0.0.1', proxy: { capture: { mode: 'netns' } } };
    expect(await write(netns)).toMatchObject({ code: 'invalid', message: expect.stringContaining("netns is required where mode is 'netns'") });
    expect(await write({ address: '10.0.0.1', adress: 'x' })).toMatchObject({ spec: { adress: 'x' } });
  });

  test('kubectl finds them by their short names, in our columns', async () => {
    const list = (await api.client.raw('/apis/weft.dev/v1alpha1')) as {
      readonly resources: readonly { readonly name: string; readonly shortNames?: readonly string[] }[];
    };
    for (const { plural, shortNames } of ours) expect(list.resources.find(({ name }) => name === plural)?.shortNames ?? [], plural).toEqual(shortNames);
  });
});
