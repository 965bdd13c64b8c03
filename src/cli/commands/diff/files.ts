// weft diff --against: two sets of files, compared as documents and in what services and proxies would do. Asks nobody.
import { createHash } from 'node:crypto';
import type { EffectView } from '../../../api/index.ts';
import { apply, type DocumentKey, documentKey, type Mesh, sameContent } from '../../../model/index.ts';
import { emptyMesh } from '../../../policy/index.ts';
import type { ReadDocuments } from '../../../source/index.ts';
import { readDocumentsOf } from '../../client/files.ts';
import type { Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { hasErrors, tellRefused } from '../../text/diagnostics.ts';
import { unifiedDiff } from '../../text/diff.ts';
import { valueText } from '../../text/output.ts';
import { alike, ownContent } from './content.ts';
import { effectText } from './effect.ts';

export const FORMS = ['table', 'wide', 'json', 'yaml'] as const;
export type Form = (typeof FORMS)[number];

export interface FileDiff {
  readonly files: readonly string[];
  readonly against: readonly string[];
  readonly form: Form;
}

/** Exit code 1 when there is a difference, as with a control plane. What only the older files have counts as removed. */
export async function diffFiles(invocation: Invocation, { files, against, form }: FileDiff): Promise<ExitCode> {
  const [old, fresh] = [await readDocumentsOf(invocation, against), await readDocumentsOf(invocation, files)];
  const diagnostics = [...old.diagnostics, ...fresh.diagnostics];
  if (hasErrors(diagnostics)) {
    tellRefused(invocation, diagnostics, 'nothing was compared');
    return EXIT.badInput;
  }
  const [before, after] = [meshOf(old), meshOf(fresh)];
  const changed = [...new Set([...before.documents.keys(), ...after.documents.keys()] as DocumentKey[])]
    .filter((key) => !sameContent(before.documents.get(key), after.documents.get(key)))
    .sort();
  if (changed.length === 0) return EXIT.ok;
  const effect = await effectBetween(before, after, changed);
  if (form === 'json' || form === 'yaml') invocation.io.out(await valueText({ documents: changed, ...effect }, form));
  else {
    for (const key of changed) invocation.io.out(await documentDiff(invocation, key, { before, after }));
    invocation.io.out(effectText(invocation, effect, form === 'wide'));
  }
  return EXIT.failed;
}

function meshOf({ documents }: ReadDocuments): Mesh {
  return apply(
    emptyMesh(),
    documents.map(({ document }) => ({ kind: 'put', document })),
  ).mesh;
}

async function effectBetween(before: Mesh, after: Mesh, changed: readonly DocumentKey[]): Promise<EffectView> {
  const { effectOf } = await import('../../../compile/index.ts');
  const events = changed.map((key) => {
    const document = after.documents.get(key);
    return document === undefined ? ({ kind: 'delete', key } as const) : ({ kind: 'put', document } as const);
  });
  // From one mesh to the other by events, so that what changed is known as the control plane would know it.
  const moved = apply(before, events);
  const steps = effectOf(before, moved.mesh, {
    changes: moved.changes,
    hash: sha256,
  });
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64url');
}

async function documentDiff({ paint }: Invocation, key: DocumentKey, { before, after }: { readonly before: Mesh; readonly after: Mesh }): Promise<string> {
  const [was, is] = [before.documents.get(key), after.documents.get(key)];
  const old = was === undefined ? undefined : ownContent(was);
  const fresh = is === undefined ? undefined : alike(ownContent(is, was), old);
  const name = is ?? was;
  const label = name === undefined ? key : documentKey(name);
  return unifiedDiff({
    before: { label: old === undefined ? '/dev/null' : label, text: old === undefined ? '' : await valueText(old, 'yaml') },
    after: { label: fresh === undefined ? '/dev/null' : label, text: fresh === undefined ? '' : await valueText(fresh, 'yaml') },
    paint,
  });
}
