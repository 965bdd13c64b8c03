// The same decision that proxies make, for explain and for lists of callers. Held against Envoy by random requests (test/truth).
import { templatePattern } from './paths.ts';
import type { AuthorizationPlan, Strict } from './plan.ts';
import type { Condition, Conjunction, Match, Rule } from './rules.ts';

/** A request or connection as its receiver sees it. What is undefined is not known, and then neither is what depends on it. */
export interface Asked {
  /** SPIFFE ID; '' = the caller has shown no certificate. */
  readonly principal?: string;
  readonly peer?: string;
  readonly client?: string;
  readonly address?: string;
  readonly port?: number;
  readonly sni?: string;
  readonly host?: string;
  readonly method?: string;
  /** Normalised, without its query. */
  readonly path?: string;
  /** Names in lower case, one pair for each value. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Of a verified token; null = there is none. */
  readonly claims?: Readonly<Record<string, unknown>> | null;
}

export type Decision =
  | { readonly kind: 'denied'; readonly rule: Rule }
  /** At least one ALLOW policy holds, and none of its rules is about this. */
  | { readonly kind: 'unmatched' }
  /** The path has an encoded slash, or the host is no host name, and rules look at it. */
  | { readonly kind: 'ambiguous'; readonly what: Strict }
  | { readonly kind: 'allowed'; readonly rule?: Rule }
  /** It depends on something that is not known here. */
  | { readonly kind: 'unknown'; readonly rule: Rule };

type Verdict = boolean | undefined;

const any = (verdicts: readonly Verdict[]): Verdict => (verdicts.includes(true) ? true : verdicts.includes(undefined) ? undefined : false);
const all = (verdicts: readonly Verdict[]): Verdict => (verdicts.includes(false) ? false : verdicts.includes(undefined) ? undefined : true);
const negated = (verdict: Verdict): Verdict => (verdict === undefined ? undefined : !verdict);

/** Whether a text is what a match says. */
export function textMatches(match: Match, text: string): boolean {
  switch (match.kind) {
    case 'exact':
      return text === match.value;
    case 'prefix':
      return text.startsWith(match.value);
    case 'suffix':
      return text.endsWith(match.value);
    case 'contains':
      return text.includes(match.value);
    case 'present':
      return text !== '';
    case 'all':
      return match.of.every((each) => textMatches(each, text));
    default:
      return false;
  }
}

/** A path in one spelling: octets that may be written plainly are. */
export function spelledPlainly(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (whole, hex: string) => {
    const letter = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~!$&'()*+,;=:@]/.test(letter) ? letter : whole.toUpperCase();
  });
}

function pathMatches(match: Match, path: string): boolean {
  if (match.kind === 'template') return new RegExp(`^${templatePattern(match.value)}$`).test(path);
  if (match.kind === 'present') return true;
  return 'value' in match ? textMatches({ ...match, value: spelledPlainly(match.value) }, spelledPlainly(path)) : false;
}

/** A host without its port and the dot at its end, in lower case. */
export function bareHost(authority: string): string {
  return authority.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

function bitsOf(address: string): string | undefined {
  if (!address.includes(':')) {
    const octets = address.split('.').map(Number);
    return octets.length === 4 && octets.every((each) => each >= 0 && each <= 255)
      ? octets.map((each) => each.toString(2).padStart(8, '0')).join('')
      : undefined;
  }
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (a = '', b = ''): string => ((Number(a) << 8) | Number(b)).toString(16);
  const whole = dotted === null ? address : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [head = '', tail] = whole.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const between = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...between, ...after].map((each) => Number.parseInt(each, 16).toString(2).padStart(16, '0')).join('');
}

function inBlock(match: Match, address: string): boolean {
  if (match.kind !== 'cidr' || match.address.includes(':') !== address.includes(':')) return false;
  const [block, bits] = [bitsOf(match.address), bitsOf(address)];
  return block !== undefined && bits?.slice(0, match.bits) === block.slice(0, match.bits);
}

function claimMatches(match: Match, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (match.kind === 'present') return true;
  const values = Array.isArray(value) ? value : [value];
  return values.some((each) => typeof each === 'string' && textMatches(match, each));
}

function claimAt(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (at !== null && typeof at === 'object' && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined),
    claims,
  );
}

/** Whether one of the matches of a condition holds. */
function someMatch({ aspect, any: matches }: Condition, asked: Asked): Verdict {
  const on = (text: string | undefined, holds: (match: Match, text: string) => boolean): Verdict =>
    text === undefined ? undefined : matches.some((match) => holds(match, text));
  switch (aspect.on) {
    case 'principal':
      return on(asked.principal, textMatches);
    case 'peer':
      return on(asked.peer, inBlock);
    case 'client':
      return on(asked.client, inBlock);
    case 'address':
      return on(asked.address, inBlock);
    case 'port':
      return asked.port === undefined ? undefined : matches.some((match) => match.kind === 'port' && match.port === asked.port);
    case 'host':
      return on(asked.host === undefined ? undefined : bareHost(asked.host), textMatches);
    case 'method':
      return on(asked.method, textMatches);
    case 'path':
      return on(asked.path, pathMatches);
    case 'sni':
      return on(asked.sni, textMatches);
    case 'header': {
      const found = asked.headers?.filter(([name]) => name === aspect.name);
      return found === undefined ? undefined : found.some(([, value]) => matches.some((match) => match.kind === 'present' || textMatches(match, value)));
    }
    case 'token':
      if (asked.claims === undefined) return undefined;
      return matches.some(
        (match) =>
          match.kind === 'token' && claimMatches(match.issuer, claimAt(asked.claims, ['iss'])) && claimMatches(match.subject, claimAt(asked.claims, ['sub'])),
      );
    default:
      return asked.claims === undefined ? undefined : matches.some((match) => claimMatches(match, claimAt(asked.claims, aspect.claim)));
  }
}

/** Whether a condition holds; undefined when that is not known. */
export function conditionHolds(condition: Condition, asked: Asked): Verdict {
  const verdict = someMatch(condition, asked);
  return condition.not ? negated(verdict) : verdict;
}

const holds = (conjunction: Conjunction, asked: Asked): Verdict => all(conjunction.map((condition) => conditionHolds(condition, asked)));
const anyOf = (conjunctions: readonly Conjunction[], asked: Asked): Verdict =>
  conjunctions.length === 0 ? true : any(conjunctions.map((each) => holds(each, asked)));

/** Whether a rule is about what is asked. */
export function ruleMatches({ sources, operations, when }: Rule, asked: Asked): Verdict {
  return all([anyOf(sources, asked), anyOf(operations, asked), holds(when, asked)]);
}

/** Rules as proxies try them: by their names. */
export const inOrder = (rules: readonly Rule[]): readonly Rule[] => [...rules].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

/** An encoded slash or backslash: proxies leave it, applications may not. */
export const AMBIGUOUS_PATH = /%(2f|5c)/i;

/** A host name or an address, with a port or without (RFC 9110 §7.2), and a dot at the end. */
export const PLAIN_HOST = /^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?$/;

/** What happens to a request or connection. */
export function decide(plan: AuthorizationPlan, asked: Asked): Decision {
  const { host, path } = asked;
  if (plan.strict.includes('host') && host !== undefined && !PLAIN_HOST.test(host)) return { kind: 'ambiguous', what: 'host' };
  if (plan.strict.includes('path') && path !== undefined && AMBIGUOUS_PATH.test(path)) return { kind: 'ambiguous', what: 'path' };
  const denials = inOrder(plan.deny.rules).map((rule) => ({ rule, verdict: ruleMatches(rule, asked) }));
  const denied = denials.find(({ verdict }) => verdict === true);
  if (denied !== undefined) return { kind: 'denied', rule: denied.rule };
  const doubted = denials.find(({ verdict }) => verdict === undefined);
  if (doubted !== undefined) return { kind: 'unknown', rule: doubted.rule };
  if (plan.allow.policies.length === 0) return { kind: 'allowed' };
  const permissions = inOrder(plan.allow.rules).map((rule) => ({ rule, verdict: ruleMatches(rule, asked) }));
  const allowed = permissions.find(({ verdict }) => verdict === true) ?? permissions.find(({ verdict }) => verdict === undefined);
  if (allowed === undefined) return { kind: 'unmatched' };
  return allowed.verdict === true ? { kind: 'allowed', rule: allowed.rule } : { kind: 'unknown', rule: allowed.rule };
}
