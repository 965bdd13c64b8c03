import type { ReactNode } from 'react';
import type { DocumentView } from '../../api/documents.ts';
import { State, type StateName } from '../../parts/state.tsx';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const isCondition = (value: unknown): value is Condition => typeof value === 'object' && value !== null && typeof (value as Condition).type === 'string';

function conditionsIn(value: unknown): readonly Condition[] {
  const { conditions } = (value ?? {}) as { readonly conditions?: unknown };
  return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
}

/** What the mesh says of a document: its own conditions, and those towards each of its targets (Gateway API: `ancestors`, `parents`). */
export function conditionsOf({ status }: DocumentView): readonly Condition[] {
  const { ancestors, parents } = (status ?? {}) as { readonly ancestors?: unknown; readonly parents?: unknown };
  return [status, ...(Array.isArray(ancestors) ? ancestors : []), ...(Array.isArray(parents) ? parents : [])].flatMap(conditionsIn);
}

export type Verdict = { readonly state: StateName; readonly words: string };

/** One word for all of it: the worst that is said. */
export function verdictOf(document: DocumentView): Verdict {
  const conditions = conditionsOf(document);
  const against = conditions.find(({ status }) => status === 'False');
  if (against !== undefined) return { state: 'bad', words: against.reason === '' ? `not ${against.type}` : against.reason };
  const open = conditions.find(({ status }) => status === 'Unknown');
  if (open !== undefined) return { state: 'warn', words: open.reason === '' ? 'waiting' : open.reason };
  return conditions.length === 0 ? { state: 'none', words: 'nothing said yet' } : { state: 'ok', words: 'holds' };
}

const STATES: Readonly<Record<string, StateName>> = { True: 'ok', False: 'bad' };

/** Every condition with its words. */
export function Conditions({ document }: { readonly document: DocumentView }): ReactNode {
  return (
    <ul className="conditions">
      {conditionsOf(document).map(({ type, status, reason, message }, at) => (
        <li key={`${type} ${at}`}>
          <State state={STATES[status] ?? 'warn'} label={type} />
          <span className="soft">{status === 'True' ? message : [reason, message].filter((each) => (each ?? '') !== '').join(': ')}</span>
        </li>
      ))}
    </ul>
  );
}
