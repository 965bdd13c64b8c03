import { expect, test } from 'vitest';
import { type Teller, whose } from './whose.ts';

interface Who extends Teller<Who> {
  readonly name: string;
}

test('a node tells for those whom it serves, and for itself in every other case; others for themselves alone', () => {
  const node: Who = { name: 'node', of: { 'shop/web-1': { name: 'web' } } };
  expect(['shop/web-1', 'shop/db-1', 'constructor', '-', '', undefined].map((said) => whose(node, said).name)).toEqual([
    'web',
    'node',
    'node',
    'node',
    'node',
    'node',
  ]);
  expect(whose<Who>({ name: 'sidecar' }, 'shop/web-1').name).toBe('sidecar');
});
