import type { Checked, Report } from '../../model/index.ts';
import type { ExtensionSpec } from './schema.ts';
import { isOnTheWayOut } from './side.ts';

const PROGRAMS = ['lua', 'wasm', 'extProc'] as const;

/** One program, and one side on which it acts. */
export function checkExtension({ spec }: Checked<ExtensionSpec>, report: Report): void {
  const { targetRefs } = spec;
  const selected = 'selector' in spec && spec.selector !== undefined;
  if (targetRefs.length === 0 && !selected) report('WEFT1801', 'spec', 'the extension names neither a target nor workloads');
  const given = PROGRAMS.filter((each) => spec[each] !== undefined);
  if (given.length !== 1)
    report('WEFT1870', 'spec', `exactly one of ${PROGRAMS.join(', ')} must be given, and there ${given.length === 0 ? 'is none' : `are ${given.join(', ')}`}`);
  const out = targetRefs.filter(({ kind }) => isOnTheWayOut(kind));
  if (out.length > 0 && (out.length < targetRefs.length || selected))
    report(
      'WEFT1871',
      'spec.targetRefs',
      'routes and Gateways (where requests leave) together with Services, workloads, a Namespace or the Mesh (where they arrive)',
    );
  if (spec.wasm !== undefined && out.length > 0) report('WEFT1875', 'spec.targetRefs', 'a Wasm module for a route or a Gateway');
  const { lua } = spec;
  if (lua?.inline.startsWith('\u001b') === true) report('WEFT1872', 'spec.lua.inline', 'this is compiled Lua; only source is taken');
}
