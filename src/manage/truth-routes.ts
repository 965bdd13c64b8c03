// /weft/v1: what holds, what became of fields, what is wrong among documents, and what a change would do.
import { z } from 'zod';
import { type Document, makeDocumentKey } from '../model/index.ts';
import { kindByWord } from '../policy/index.ts';
import type { ApplyRequest } from './apply.ts';
import { manageError } from './errors.ts';
import type { Intake } from './intake.ts';
import type { ManagePorts } from './ports.ts';
import { invalid } from './status.ts';

export const EffectiveSchema = z.strictObject({
  service: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  from: z.string().optional(),
  route: z.string().min(1).optional(),
});

/** The fates of `TYPE/NAMESPACE/NAME`; `-` stands for no namespace. Throws `not-found`. */
export function fatesOfDocument(ports: Pick<ManagePorts, 'fates'>, word: string, namespace: string, name: string): unknown {
  const kind = kindByWord(word);
  if (kind === undefined) throw manageError('not-found', `there is no kind "${word}"`);
  const fates = ports.fates(makeDocumentKey(kind.group, kind.kind, namespace === '-' ? '' : namespace, name));
  if (fates === undefined) throw manageError('not-found', `${kind.plural} "${name}" not found`, { details: { name, kind: kind.plural } });
  return fates;
}

/** What writing the documents would do. Throws `invalid` (422) when one of them has an error: then nothing would be written. */
export async function effectOfRequest(ports: Pick<ManagePorts, 'effect'>, intake: Intake, { documents, namespace }: ApplyRequest): Promise<unknown> {
  const parsed = documents.map((value) => intake.parse(value, namespace));
  const wrong = parsed.flatMap((each) => each.diagnostics).filter((each) => each.severity === 'error');
  const [first] = wrong;
  if (first !== undefined) throw invalid({ kind: first.at.kind, group: '' }, first.at.name, wrong);
  const given = parsed.flatMap((each): readonly Document[] => (each.document === undefined ? [] : [each.document]));
  return ports.effect(intake.preview(given).documents);
}
