import { expect, test } from 'vitest';
import { openWorld, service, workload } from '../../test/kit/control-world.ts';
import { tooOld } from './envoy-versions.ts';

test('who may pass over what policies say gets no configuration, and is told why', async () => {
  expect(['1.38.4', '1.12.0', '0.9.1', 'v1.38.0'].map((version) => tooOld(version) !== undefined)).toEqual([true, true, true, true]);
  expect(['1.39.0', '1.39.3-contrib', '1.40.0', '1.102.0', '2.0.0', '', 'dev'].map(tooOld)).toEqual(Array(7).fill(undefined));
  const world = await openWorld({ documents: [service('web'), workload('web', 'web')] });
  const old = await world.connect('web', { version: '1.38.4' });
  expect(old.over).toMatchObject({ code: 7, words: expect.stringContaining('Envoy 1.38.4 is too old') });
  expect(old.updates).toEqual([]);
  expect(world.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('too old') }));
  const known = await world.connect('web');
  expect([known.over, known.updates.length > 0]).toEqual([undefined, true]);
});
