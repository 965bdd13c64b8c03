// Documents: what is wrong with each, and among each other.
import type { Diagnostic } from '../../base/index.ts';
import type { DiagnosticCode, Document } from '../../model/index.ts';
import type { Check, Facts, Found } from './check.ts';

/** Since when the document's own status says that something is wrong; undefined when it does not. */
function troubledSince({ status }: Document): number | undefined {
  const conditions = status?.['conditions'];
  if (!Array.isArray(conditions)) return undefined;
  const times = conditions.flatMap((each: unknown): readonly number[] => {
    const { status: said, lastTransitionTime: at } = (each ?? {}) as { readonly status?: unknown; readonly lastTransitionTime?: unknown };
    const time = said === 'False' && typeof at === 'string' ? Date.parse(at) : Number.NaN;
    return Number.isNaN(time) ? [] : [time];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

function found(facts: Facts, { code, severity, at, message, hint }: Diagnostic): Found {
  const document = facts.document(at);
  const since = document === undefined || severity !== 'error' ? undefined : troubledSince(document);
  const { kind, namespace, name } = at;
  return {
    code: code as DiagnosticCode,
    severity,
    object: { kind, namespace, name },
    words: message,
    hint,
    at,
    which: `${at.path} ${message}`,
    next: `weft describe ${kind.toLowerCase()} ${name}${namespace === '' ? '' : ` -n ${namespace}`}`,
    ...(since === undefined ? {} : { since }),
  };
}

const of =
  (severities: readonly string[]): Check['look'] =>
  (facts) =>
    facts.diagnostics.filter((each) => severities.includes(each.severity)).map((each) => found(facts, each));

export const documentsAccepted: Check = { id: 'documents-accepted', section: 'documents', words: 'every document works as written', look: of(['error']) };

export const documentsMeant: Check = {
  id: 'documents-meant',
  section: 'documents',
  words: 'nothing is ignored or hardly meant',
  look: of(['warning']),
};
