// Who may open a TCP connection, as a list for the TLS handshake: the rules of a filter are asked with the first byte a caller sends, and a server
// that speaks first has then spoken already (measured-policy.md §7).
import { type Asked, conditionHolds, ruleMatches } from './decide.ts';
import type { AuthorizationPlan } from './plan.ts';
import type { Condition, Match, Rule } from './rules.ts';

export interface Callers {
  /** Identities that are let in; undefined = everybody of the mesh. Never fewer than the rules allow. */
  readonly matches: readonly Match[] | undefined;
  /** The list alone decides: no filter has to be asked. */
  readonly exact: boolean;
}

/** Whoever has shown a certificate, which callers in plaintext have not. */
const ANY_IDENTITY: Match = { kind: 'prefix', value: 'spiffe://' };

const EVERYBODY: Callers = { matches: undefined, exact: true };

const isPositive = ({ aspect, not }: Condition): boolean => aspect.on === 'principal' && !not;

/** Whom one alternative of a rule lets in. */
function callersOf(conditions: readonly Condition[]): Callers {
  const [first, ...others] = conditions.filter(isPositive);
  const rest = conditions.filter((each) => each !== first);
  const beside = rest.every(({ aspect }) => aspect.on === 'principal');
  if (first === undefined) return { matches: undefined, exact: conditions.length === 0 };
  if (first.any.some(({ kind }) => kind === 'present')) return others.length > 0 ? callersOf(rest) : { matches: [ANY_IDENTITY], exact: rest.length === 0 };
  let exact = beside;
  const matches = first.any.flatMap((match): readonly Match[] => {
    if (match.kind === 'exact') return rest.every((each) => conditionHolds(each, { principal: match.value }) !== false) ? [match] : [];
    if (rest.length > 0 || match.kind === 'all') exact = false;
    return match.kind === 'all' ? match.of.slice(0, 1) : [match];
  });
  return { matches, exact };
}

function alternatives({ sources, operations, when }: Rule): readonly (readonly Condition[])[] {
  const asked = operations.length === 0 ? [[]] : operations;
  return (sources.length === 0 ? [[]] : sources).flatMap((source) => asked.map((operation) => [...source, ...operation, ...when]));
}

function allowed({ allow }: AuthorizationPlan): Callers {
  if (allow.policies.length === 0) return EVERYBODY;
  const found = allow.rules.flatMap(alternatives).map(callersOf);
  // One alternative that lets everybody in without a further condition decides alone.
  if (found.some(({ matches, exact }) => matches === undefined && exact)) return EVERYBODY;
  const exact = found.every((each) => each.exact);
  if (found.some(({ matches }) => matches === undefined)) return { matches: undefined, exact: false };
  return { matches: found.flatMap(({ matches = [] }) => matches), exact };
}

/** Takes those out whom a rule denies whatever else is the case; the list no longer decides where that cannot be said. */
function withoutDenied({ matches, exact }: Callers, denials: readonly Rule[]): Callers {
  if (denials.length === 0) return { matches, exact };
  const verdicts = (asked: Asked) => denials.map((rule) => ruleMatches(rule, asked));
  if (verdicts({}).includes(true)) return { matches: [], exact: true };
  if (matches === undefined) return { matches, exact: false };
  let decided = exact;
  const left = matches.filter((match) => {
    const found = match.kind === 'exact' ? verdicts({ principal: match.value }) : [undefined];
    if (found.includes(true)) return false;
    if (found.includes(undefined)) decided = false;
    return true;
  });
  return { matches: left, exact: decided };
}

const keyOf = (match: Match): string => JSON.stringify(match);

/** The list for a TCP port, sorted, each once. */
export function callersAt(plan: AuthorizationPlan): Callers {
  const { matches, exact } = withoutDenied(allowed(plan), plan.deny.rules);
  if (matches === undefined) return { matches, exact };
  const distinct = new Map(matches.map((match) => [keyOf(match), match]));
  return { matches: [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, match]) => match), exact };
}
