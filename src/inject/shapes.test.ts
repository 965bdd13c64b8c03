// What becomes of pods as real charts have them: one line for each in goldens/shapes.txt (WEFT_UPDATE_GOLDENS=1 writes it), which a real API
// server is asked about in test/kubernetes/injection.test.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch } from 'rfc6902';
import { expect, test } from 'vitest';
import { podShapes, type Shape } from '../../test/kit/pod-shapes.ts';
import { DEFAULT_SETTINGS, type Injection, inject, type Operation, strip } from './index.ts';

const SETTINGS = { ...DEFAULT_SETTINGS, version: '0.1.0', image: 'weft/proxy:0.1.0' };
const FILE = join(import.meta.dirname, 'goldens', 'shapes.txt');

const ask = (pod: unknown): Injection => inject({ pod, namespace: { name: 'shop', labels: { 'weft.dev/inject': 'enabled' } }, settings: SETTINGS });

const SIGNS = { add: '+', remove: '-', replace: '~' } as const;

function operationText({ op, path, ...rest }: Operation): string {
  const name = 'value' in rest && typeof rest.value === 'object' && rest.value !== null && 'name' in rest.value ? `=${String(rest.value.name)}` : '';
  return `${SIGNS[op]}${path.replace('/spec/', '')}${name}`;
}

function lineOf({ name, pod }: Shape): string {
  const result = ask(pod);
  const said = result.diagnostics.map(({ code, at }) => `${code}@${at.path}`).join(' ');
  const done = result.kind === 'refused' ? '' : result.patch.map(operationText).join(' ');
  const why = result.kind === 'left' ? ` (${result.why})` : '';
  return [`${name}: ${result.kind}${why}`, said, done].filter((each) => each !== '').join(' | ');
}

test('300 pods and more: what becomes of each is as it was', () => {
  const shapes = podShapes();
  expect(shapes.length).toBeGreaterThan(300);
  const text = `${shapes.map(lineOf).join('\n')}\n`;
  if (process.env['WEFT_UPDATE_GOLDENS'] === '1') writeFileSync(FILE, text);
  expect(text).toBe(readFileSync(FILE, 'utf8'));
});

test.each(podShapes())('$name: the patch makes the pod, twice is once, and it can be taken back', ({ pod }) => {
  const first = ask(pod);
  if (first.kind === 'refused') return;
  const patched: unknown = structuredClone(pod);
  for (const problem of applyPatch(patched, structuredClone(first.patch) as never)) expect(problem).toBeNull();
  expect(patched).toEqual(first.pod);
  const second = ask(patched);
  expect(second.kind === 'refused' ? second : second.patch).toEqual([]);
  if (first.kind === 'injected') expect(strip(first.pod)).toEqual(pod);
});
