import type { Document } from '../../../model/index.ts';
import type { Invocation } from '../../command.ts';
import { ageSince } from '../../text/age.ts';
import { type Cell, tableText } from '../../text/table.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
}

interface Standing {
  /** What the conditions are about; '' for the document itself. */
  readonly about: string;
  readonly conditions: readonly Condition[];
}

function asConditions(value: unknown): readonly Condition[] {
  return Array.isArray(value) ? (value as readonly Condition[]) : [];
}

/** Conditions of a document, and on a route those of each parent. */
function standings({ status, metadata }: Document): readonly Standing[] {
  const own = { about: '', conditions: asConditions(status?.['conditions']) };
  const parents = Array.isArray(status?.['parents']) ? (status['parents'] as readonly Readonly<Record<string, unknown>>[]) : [];
  const others = parents.map((parent) => {
    const { kind = 'Gateway', name = '', namespace = metadata.namespace } = (parent['parentRef'] ?? {}) as Readonly<Record<string, string | undefined>>;
    return { about: `${kind} ${namespace}/${name}`, conditions: asConditions(parent['conditions']) };
  });
  return [own, ...others].filter((each) => each.conditions.length > 0);
}

const STYLE: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = { True: 'green', False: 'red' };

/** A table of what the control plane says of a document, '' when it says nothing (yet). */
export function conditionsText({ paint }: Pick<Invocation, 'paint'>, document: Document, now: number): string {
  const found = standings(document);
  const parented = found.some((each) => each.about !== '');
  const rows = found.flatMap(({ about, conditions }) =>
    conditions.map(({ type, status, reason, message, lastTransitionTime }): readonly Cell[] => [
      ...(parented ? [about] : []),
      type,
      { text: status, paint: (text) => paint(STYLE[status] ?? 'yellow', text) },
      reason,
      ageSince(lastTransitionTime, now),
      message,
    ]),
  );
  return rows.length === 0 ? '' : tableText([...(parented ? ['parent'] : []), 'type', 'status', 'reason', 'age', 'message'], rows);
}
