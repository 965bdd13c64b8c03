// Identities that look alike: one letter more or less, a dot where another has a letter, the same words elsewhere.
import fc from 'fast-check';
import { parseSpiffeId } from '../../src/model/index.ts';

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,6}[a-z0-9])?$/);
const account = fc.oneof(
  name,
  fc.constantFrom('web', 'web-2', 'we', 'we.b', 'wexb', 'web.', 'a.b', 'axb', 'a-b').filter((each) => !each.endsWith('.')),
);
const namespace = fc.oneof(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,4}[a-z0-9])?$/), fc.constantFrom('shop', 'sho', 'shop-2', 'sa', 'ns'));

const id = fc
  .tuple(namespace, account)
  .map(([ns, sa]) => `spiffe://example.mesh/ns/${ns}/sa/${sa}`)
  .filter((each) => parseSpiffeId(each).ok);

/** So many different ones. */
export function literalIds(seed: number, count: number): readonly string[] {
  return [...new Set(fc.sample(id, { seed, numRuns: count * 20 }))].slice(0, count);
}
