import { expect, test } from 'vitest';
import { openWorld, service, type World, workload } from '../../test/kit/control-world.ts';
import type { Banned } from '../compile/index.ts';
import type { ControlPorts } from './index.ts';

const SHOP = [service('web'), workload('web', 'web')];

/** Who is shut out, as somebody who bans does it. */
class ShutOut implements NonNullable<ControlPorts['shutOut']> {
  #list: readonly Banned[] = [];
  #told: () => void = () => undefined;
  cuts = 0;

  list(): readonly Banned[] {
    return this.#list;
  }

  onChange(callback: () => void): () => void {
    this.#told = callback;
    return () => undefined;
  }

  set(list: readonly Banned[], cuts: number): void {
    this.#list = list;
    this.cuts = cuts;
    this.#told();
  }
}

test('a ban is one resource that everybody is sent; listeners change only where connections are to be ended, and a proxy that joins later has it at once', async () => {
  const shutOut = new ShutOut();
  const world = await openWorld({ documents: SHOP, shutOut });
  const web = await world.connect('web');
  const rulesOf = ({ plane }: World): string => JSON.stringify(plane.resources('shop/web').find(({ name }) => name === 'weft.banned'));
  const listener = (): string | undefined => web.held.of('listener').get('inbound')?.version;
  const before = listener();
  expect(rulesOf(world)).not.toContain('DENY');
  shutOut.set([{ kind: 'serial', prefix: '4a00' }], 0);
  await world.settle();
  expect(rulesOf(world)).toContain('"prefix":"4a00"');
  expect(listener()).toBe(before);
  shutOut.set([{ kind: 'identity', id: 'spiffe://example.mesh/ns/shop/sa/web' as Extract<Banned, { kind: 'identity' }>['id'] }], 1);
  await world.settle();
  expect(rulesOf(world)).toContain('"exact":"spiffe://example.mesh/ns/shop/sa/web"');
  expect(listener()).not.toBe(before);
  const said = rulesOf(world);
  const next = await world.restart();
  const late = await next.connect('web');
  expect(rulesOf(next)).toBe(said);
  expect(late.held.of('listener').get('inbound')?.version).toBe(listener());
});
