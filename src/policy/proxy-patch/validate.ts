import type { Checked, Report } from '../../model/index.ts';
import type { ProxyPatchSpec } from './schema.ts';

const NEEDS_VALUE: ReadonlySet<string> = new Set(['add', 'replace', 'test']);
const NEEDS_FROM: ReadonlySet<string> = new Set(['move', 'copy']);

/** One way to say which resource, and operations that are whole. */
export function checkProxyPatch({ spec }: Checked<ProxyPatchSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec && spec.selector !== undefined))
    report('WEFT1801', 'spec', 'the patch names neither a target nor workloads');
  for (const [at, ref] of spec.targetRefs.entries())
    if (ref.sectionName !== undefined) report('WEFT1864', `spec.targetRefs[${at}].sectionName`, 'a proxy is patched as a whole, so a section means nothing');
  for (const [at, { resource, operations }] of spec.patches.entries()) {
    const path = `spec.patches[${at}]`;
    if ((resource.name === undefined) === (resource.nameGlob === undefined))
      report('WEFT1860', `${path}.resource`, 'exactly one of name and nameGlob must be given', 'nameGlob: "*" is every resource of the type');
    for (const [index, { op, from, value }] of operations.entries()) {
      const place = `${path}.operations[${index}]`;
      if (NEEDS_VALUE.has(op) && value === undefined) report('WEFT1860', place, `"${op}" needs a value`, 'add value: …');
      if (!NEEDS_VALUE.has(op) && value !== undefined) report('WEFT1860', `${place}.value`, `"${op}" has no value`, 'remove it');
      if (NEEDS_FROM.has(op) && from === undefined) report('WEFT1860', place, `"${op}" needs from`, 'add from: /path');
      if (!NEEDS_FROM.has(op) && from !== undefined) report('WEFT1860', `${place}.from`, `"${op}" has no from`, 'remove it');
    }
  }
}
