// What the control plane says of a document that is not applied yet: what is wrong with it, and what it would do.
import type { ApplyView, EffectView } from '../../../../src/api/index.ts';
import { ApiError, ask } from '../../api/client.ts';
import type { Problem, Written } from './written.ts';

type Diagnostic = ApplyView['diagnostics'][number];

export interface Verdict {
  readonly problems: readonly Problem[];
  /** What would be wrong in other documents. */
  readonly elsewhere: readonly Diagnostic[];
  /** Undefined when nothing would be applied. */
  readonly result?: ApplyView['applied'][number]['result'];
  readonly effect?: EffectView;
}

interface Causes {
  readonly causes?: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
}

const isRefusal = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 422;

/** The causes of Kubernetes' Status of 422: `message` begins with the code and ends with what to do. */
function causesOf({ details, message }: ApiError, lineOf: Written['lineOf']): readonly Problem[] {
  const { causes = [] } = (details ?? {}) as Causes;
  if (causes.length === 0) return [{ line: 1, severity: 'error', code: '', words: message, hint: '' }];
  return causes.map(({ reason, field, message: sentence }): Problem => {
    const own = sentence.startsWith(`${reason} `) ? sentence.slice(reason.length + 1) : sentence;
    const at = own.indexOf('; ');
    const [words, hint] = at < 0 ? [own, ''] : [own.slice(0, at), own.slice(at + 2)];
    return { line: lineOf(field), severity: 'error', code: reason, words, hint };
  });
}

function problemOf({ at, severity, code, message, hint }: Diagnostic, lineOf: Written['lineOf']): Problem {
  return { line: lineOf(at.path), severity, code, words: message, hint };
}

interface Named {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown };
}

/** Asks without changing anything. Throws ApiError when it is not answered: not allowed, not reached. */
export async function check({ value, lineOf }: Written, namespace: string, signal: AbortSignal): Promise<Verdict> {
  const body = { documents: [value], namespace };
  try {
    const effect = await ask<EffectView>('/weft/v1/effect', { method: 'POST', body, signal });
    const { applied, diagnostics } = await ask<ApplyView>('/weft/v1/apply', { method: 'POST', body: { ...body, dryRun: true }, signal });
    const { kind, metadata } = value as Named;
    const isOwn = ({ at }: Diagnostic): boolean => at.kind === kind && at.name === metadata?.name;
    const result = applied[0]?.result;
    return {
      problems: diagnostics.filter(isOwn).map((each) => problemOf(each, lineOf)),
      elsewhere: diagnostics.filter((each) => !isOwn(each)),
      ...(result === undefined ? {} : { result }),
      effect,
    };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { problems: causesOf(error, lineOf), elsewhere: [] };
  }
}
