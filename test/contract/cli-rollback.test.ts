// D-09: what weft changes and weft rollback say, word for word.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as changes } from '../../src/cli/commands/changes/index.ts';
import { command as rollback } from '../../src/cli/commands/rollback/index.ts';
import { ROUTE, SERVICE, shop } from '../kit/cli-shop.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.run(apply, ['-f', '-'], { stdin: SERVICE, flags: { quiet: true } });
  for (const stdin of [ROUTE, ROUTE.replace('x-employee', 'x-partner')]) await world.run(apply, ['-f', '-'], { stdin, flags: { quiet: true } });
});
afterAll(() => world[Symbol.asyncDispose]());

/** Without what is another each time: ages, and revisions, between which the mesh writes its own notes. */
const said = async (...asked: Parameters<CliWorld['run']>): Promise<string> =>
  (await world.run(...asked)).replace(/\d+s ago/g, 'AGO').replace(/^\d+(?= {2})|(?<=revision |basis )\d+|(?<=there are )[\d, ]+/gm, 'N');

it('says what changed, rehearses, does it, and says what there is', async () => {
  expect(await said(changes, ['httproute', 'checkout'], shop)).toMatchInlineSnapshot(`
    "exit 0
    --- out
    REVISION   WHEN     WHO            WHAT                      CHANGE                                                                 REACHED
    N          AGO   admin (node)   HTTPRoute shop/checkout   spec.rules[0].matches[0].headers[0].name: "x-employee" → "x-partner"   no proxy needs it
    N          AGO   admin (node)   HTTPRoute shop/checkout   created                                                                no proxy needs it"
  `);
  expect(await said(rollback, ['httproute/checkout', '--dry-run'], shop)).toMatchInlineSnapshot(`
    "exit 0
    --- out
    HTTPRoute shop/checkout would be as at revision N
        spec.rules[0].matches[0].headers[0].name: "x-partner" → "x-employee"

    --- err
      to do it: the same without --dry-run; with --basis N it is refused when anything was changed since"
  `);
  expect(await said(rollback, ['httproute', 'checkout'], shop)).toMatchInlineSnapshot(`
    "exit 0
    --- out
    ✔ HTTPRoute shop/checkout is as at revision N
        spec.rules[0].matches[0].headers[0].name: "x-partner" → "x-employee""
  `);
  expect(await said(rollback, ['httproute', 'checkout', '--list'], shop)).toMatchInlineSnapshot(`
    "exit 0
    --- out
    REVISION   WHEN     WHO            WHAT
    N          AGO   admin (node)   spec.rules[0].matches[0].headers[0].name: "x-partner" → "x-employee"
    N          AGO   admin (node)   spec.rules[0].matches[0].headers[0].name: "x-employee" → "x-partner"
    N          AGO   admin (node)   the first that is kept"
  `);
  expect(await said(rollback, ['httproute', 'checkout', '--to', 'x'], shop)).toMatchInlineSnapshot(`
    "exit 64
    --- err
    error: --to x is no revision: weft changes shows them"
  `);
  expect(await said(rollback, ['httproute', 'checkout', '--to', '1'], shop)).toMatchInlineSnapshot(`
    "exit 1
    --- err
    error: HTTPRoute shop/checkout has no version of revision N any more: there are N"
  `);
  expect(await said(rollback, ['--change', '999999'])).toMatchInlineSnapshot(`
    "exit 1
    --- err
    error: no change made revision N, or it is too long ago: GET /weft/v1/changes lists them"
  `);
  expect(await said(rollback, [])).toMatchInlineSnapshot(`
    "exit 64
    --- err
    error: which document?
      weft rollback TYPE NAME, or weft rollback --change REVISION"
  `);
});
