// All checks run over one set of facts, and since when each finding is known.
import type { ChangeView, CheckView, FindingsView, FindingView } from '../../api/index.ts';
import { byCodeUnit, type Severity } from '../../base/index.ts';
import { diagnosticKind } from '../../model/index.ts';
import type { Check, Facts, Found } from './check.ts';

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

const idOf = ({ code, object, which = '' }: Found): string => [code, object.kind, object.namespace, object.name, which].join(' ').trimEnd();

/** Remembers since when a finding is there; one that goes and comes back is a new one. */
export class FirstSeen {
  #at: ReadonlyMap<string, number> = new Map();

  /** Of every finding there is now. */
  note(ids: readonly string[], now: number): ReadonlyMap<string, number> {
    this.#at = new Map(ids.map((id) => [id, this.#at.get(id) ?? now]));
    return this.#at;
  }
}

interface Looked {
  readonly check: Check;
  readonly found: readonly Found[];
  readonly skipped: string;
}

function look(check: Check, facts: Facts): Looked {
  const answer = check.look(facts);
  return typeof answer === 'string' ? { check, found: [], skipped: answer } : { check, found: answer, skipped: '' };
}

function viewOf({ id: check, section }: Check, found: Found, since: number): FindingView {
  const kind = diagnosticKind(found.code);
  const { code, severity = kind?.severity ?? 'warning', hint = kind?.hint ?? '', words, object, next, at, after, behind } = found;
  return {
    id: idOf(found),
    code,
    severity,
    section,
    check,
    words,
    object,
    since: new Date(found.since ?? since).toISOString(),
    hint,
    next,
    ...(at === undefined ? {} : { at }),
    ...(after === undefined ? {} : { after }),
    ...(behind === undefined ? {} : { behind }),
  };
}

const checkView = ({ check: { id, section, words }, found, skipped }: Looked): CheckView => ({ id, section, words, found: found.length, skipped });

/** What follows from something else comes after what it follows from. */
const follows = ({ behind }: FindingView): number => (behind === undefined ? 0 : 1);

/** Worst first, then causes, then the newest; equal facts give an equal answer. */
export function findingsOf(checks: readonly Check[], facts: Facts, seen: FirstSeen): FindingsView {
  const looked = checks.map((check) => look(check, facts));
  const known = seen.note(
    looked.flatMap(({ found }) => found.map(idOf)),
    facts.now,
  );
  const items = looked.flatMap(({ check, found }) => found.map((each) => viewOf(check, each, known.get(idOf(each)) ?? facts.now)));
  return {
    items: items.sort((a, b) => ORDER[a.severity] - ORDER[b.severity] || follows(a) - follows(b) || byCodeUnit(b.since, a.since)),
    checks: looked.map(checkView),
  };
}

/** Without changes that the caller may not see. */
export function withoutChanges(view: FindingsView, sees: (change: ChangeView) => boolean): FindingsView {
  return { ...view, items: view.items.map(({ after, ...rest }) => (after === undefined || !sees(after) ? rest : { ...rest, after })) };
}

/** Of one namespace: what is about its objects, and how much of that each check found. */
export function inNamespace({ items, checks }: FindingsView, namespace: string): FindingsView {
  const own = items.filter(({ object }) => object.namespace === namespace);
  return { items: own, checks: checks.map((check) => ({ ...check, found: own.filter((each) => each.check === check.id).length })) };
}
