// Rules in Envoy's words: RBAC `rules`, not its `matcher` (which sees the query in a path). A principal is compared as a text, by exact, prefix, suffix or
// contains; nothing of it is ever part of a regular expression.
import {
  cidr,
  extension,
  headerMatcher,
  type Init,
  type MessageInitShape,
  type MetadataMatcherSchema,
  MtlsAuthenticatedSchema,
  RBAC_Action,
  type RbacPermissionSchema,
  type RbacPrincipalSchema,
  type RbacSchema,
  type StringMatcherSchema,
  SubjectAltNameMatcher_SanType,
  stringMatcher,
} from '../../envoy/index.ts';
import { TOKEN_METADATA } from '../token-metadata.ts';
import { AMBIGUOUS_PATH, PLAIN_HOST } from './decide.ts';
import { isPlain, spellings, templatePattern } from './paths.ts';
import type { Strict } from './plan.ts';
import type { Aspect, Condition, Conjunction, Match, Rule } from './rules.ts';

type Permission = Init<typeof RbacPermissionSchema>;
type Principal = Init<typeof RbacPrincipalSchema>;
type Text = Init<typeof StringMatcherSchema>;

const ANYTHING: Permission = { rule: { case: 'any', value: true } };
const ANYBODY: Principal = { identifier: { case: 'any', value: true } };

const allRules = (rules: readonly Permission[]): Permission => {
  const [only] = rules;
  if (only === undefined) return ANYTHING;
  return rules.length === 1 ? only : { rule: { case: 'andRules', value: { rules: [...rules] } } };
};
const anyRule = (rules: readonly Permission[]): Permission => {
  const [only] = rules;
  return rules.length === 1 && only !== undefined ? only : { rule: { case: 'orRules', value: { rules: [...rules] } } };
};
const allIds = (ids: readonly Principal[]): Principal => {
  const [only] = ids;
  if (only === undefined) return ANYBODY;
  return ids.length === 1 ? only : { identifier: { case: 'andIds', value: { ids: [...ids] } } };
};
const anyId = (ids: readonly Principal[]): Principal => {
  const [only] = ids;
  return ids.length === 1 && only !== undefined ? only : { identifier: { case: 'orIds', value: { ids: [...ids] } } };
};

/** A text as it stands. `present`: anything that is not empty. */
function text(match: Match): Text {
  switch (match.kind) {
    case 'exact':
    case 'prefix':
    case 'suffix':
    case 'contains':
      return stringMatcher(match.kind, match.value);
    default:
      return stringMatcher('regex', '.+');
  }
}

function header(name: string, match: Match): Permission {
  const value = match.kind === 'present' ? { name, headerMatchSpecifier: { case: 'presentMatch' as const, value: true } } : headerText(name, match);
  return { rule: { case: 'header', value } };
}

function headerText(name: string, match: Match) {
  return { name, headerMatchSpecifier: { case: 'stringMatch' as const, value: text(match) } };
}

const QUOTED = /[\\^$.*+?()[\]{}|]/g;

/** Case, a port and a dot at the end do not matter. */
function host(match: Match): Permission {
  if (!('value' in match)) return header(':authority', match);
  const literal = match.value.replace(QUOTED, '\\$&');
  const before = match.kind === 'suffix' ? '[^:/@]+' : '';
  const after = match.kind === 'prefix' ? '[^:/@]+' : '';
  return { rule: { case: 'header', value: headerMatcher(':authority', 'regex', `(?i)${before}${literal}${after}\\.?(:[0-9]*)?`) } };
}

function path(match: Match): Permission {
  return { rule: { case: 'urlPath', value: { rule: { case: 'path', value: pathText(match) } } } };
}

/** A path all characters of which travel in one spelling is a text; else each of its spellings is meant. */
function pathText(match: Match): Text {
  if (match.kind === 'template') return stringMatcher('regex', templatePattern(match.value));
  if (!('value' in match)) return stringMatcher('prefix', '/');
  if (isPlain(match.value)) return text(match);
  const before = match.kind === 'suffix' ? '.*' : '';
  const after = match.kind === 'prefix' ? '.*' : '';
  return stringMatcher('regex', `${before}${spellings(match.value)}${after}`);
}

const block = (match: Match) => (match.kind === 'cidr' ? cidr(match.address, match.bits) : cidr('0.0.0.0', 32));

const PERMISSIONS: Readonly<Partial<Record<Aspect['on'], (match: Match, aspect: Aspect) => Permission>>> = {
  host,
  path,
  method: (match) => header(':method', match),
  header: (match, aspect) => header(aspect.on === 'header' ? aspect.name : '', match),
  sni: (match) => ({ rule: { case: 'requestedServerName', value: text(match) } }),
  address: (match) => ({ rule: { case: 'destinationIp', value: block(match) } }),
  port: (match) => ({ rule: { case: 'destinationPort', value: match.kind === 'port' ? match.port : 0 } }),
};

/** Who is connected, by the URI in his certificate. */
function peer(match: Match): Principal {
  if (match.kind === 'all') return allIds(match.of.map(peer));
  const config =
    match.kind === 'present' ? { anyValidatedClientCertificate: true } : { sanMatcher: { sanType: SubjectAltNameMatcher_SanType.URI, matcher: text(match) } };
  return { identifier: { case: 'custom', value: extension('envoy.rbac.principals.mtls_authenticated', MtlsAuthenticatedSchema, config) } };
}

/** A claim is a text, or a list of them. */
function claim(names: readonly string[], match: Match): Principal {
  const whole = match.kind === 'present';
  const said = { matchPattern: { case: 'stringMatch' as const, value: text(match) } };
  const listed = { matchPattern: { case: 'listMatch' as const, value: { matchPattern: { case: 'oneOf' as const, value: said } } } };
  const value = whole
    ? { matchPattern: { case: 'presentMatch' as const, value: true } }
    : { matchPattern: { case: 'orMatch' as const, value: { valueMatchers: [said, listed] } } };
  const segments = [TOKEN_METADATA.key, ...names].map((key) => ({ segment: { case: 'key' as const, value: key } }));
  const metadataMatcher: Init<typeof MetadataMatcherSchema> = { filter: TOKEN_METADATA.namespace, path: segments, value };
  return { identifier: { case: 'sourcedMetadata', value: { metadataMatcher } } };
}

const PRINCIPALS: Readonly<Partial<Record<Aspect['on'], (match: Match, aspect: Aspect) => Principal>>> = {
  principal: peer,
  // The one that knows PROXY protocol (connections that come through a pipe) and does not believe x-forwarded-for. Envoy calls it deprecated
  // since the first version of this API and has nothing in its place: direct_remote_ip of a pipe is no address, so a DENY rule would never hold.
  peer: (match) => ({ identifier: { case: 'sourceIp', value: block(match) } }),
  client: (match) => ({ identifier: { case: 'remoteIp', value: block(match) } }),
  token: (match) => (match.kind === 'token' ? allIds([claim(['iss'], match.issuer), claim(['sub'], match.subject)]) : ANYBODY),
  claim: (match, aspect) => claim(aspect.on === 'claim' ? aspect.claim : [], match),
};

function permission({ aspect, any, not }: Condition): readonly Permission[] {
  const make = PERMISSIONS[aspect.on];
  if (make === undefined) return [];
  const one = anyRule(any.map((match) => make(match, aspect)));
  return [not ? { rule: { case: 'notRule', value: one } } : one];
}

function principal({ aspect, any, not }: Condition): readonly Principal[] {
  const make = PRINCIPALS[aspect.on];
  if (make === undefined) return [];
  const one = anyId(any.map((match) => make(match, aspect)));
  return [not ? { identifier: { case: 'notId', value: one } } : one];
}

const atLeast = (list: readonly Conjunction[]): readonly Conjunction[] => (list.length === 0 ? [[]] : list);

function policyOf({ sources, operations, when }: Rule) {
  return {
    permissions: atLeast(operations).map((each) => allRules([...each, ...when].flatMap(permission))),
    principals: atLeast(sources).map((each) => allIds([...each, ...when].flatMap(principal))),
  };
}

const anybody = (permission: Permission) => ({ permissions: [permission], principals: [ANYBODY] });
const source = ({ source: text }: RegExp): string => text.replace(/^\^|\$$/g, '');

/** Requests that may be read in two ways: `%2F` is a slash to some applications and a letter to others, `a.example;x` a host to some. */
const AMBIGUOUS = {
  path: anybody({ rule: { case: 'urlPath', value: { rule: { case: 'path', value: stringMatcher('regex', `(?i).*${source(AMBIGUOUS_PATH)}.*`) } } } }),
  host: anybody({ rule: { case: 'notRule', value: { rule: { case: 'header', value: headerMatcher(':authority', 'regex', source(PLAIN_HOST)) } } } }),
} as const satisfies Record<Strict, unknown>;

const ACTIONS = { ALLOW: RBAC_Action.ALLOW, DENY: RBAC_Action.DENY, LOG: RBAC_Action.LOG } as const;

/** Rules by their names, which are what logs and reasons say. */
export function rbac(action: keyof typeof ACTIONS, rules: readonly Rule[], strict: readonly Strict[] = []): MessageInitShape<typeof RbacSchema> {
  const ambiguous = strict.map((what) => [`weft/ambiguous-${what}`, AMBIGUOUS[what]] as const);
  return { action: ACTIONS[action], policies: Object.fromEntries([...rules.map((rule) => [rule.id, policyOf(rule)] as const), ...ambiguous]) };
}
