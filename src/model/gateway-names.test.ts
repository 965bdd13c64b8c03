import { expect, test } from 'vitest';
import { deployedName, gatewayLabel } from './gateway-names.ts';

const LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

test('what is made for a Gateway has a name that a Service can have, and another one for each Gateway', () => {
  const names = ['edge', 'a.b', 'a-b', '1st', 'x'.repeat(253), `${'x'.repeat(252)}y`, 'a.b.c'.repeat(20)];
  for (const name of names) expect(deployedName(name)).toMatch(LABEL);
  expect(new Set(names.map(deployedName)).size).toBe(names.length);
  expect(deployedName('edge')).toBe('edge-weft');
  expect(gatewayLabel('x'.repeat(253))).toHaveLength(63);
});
