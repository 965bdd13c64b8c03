// One token in one place: of several that are valid Envoy hands over the claims of one to policies and those of all to the application, so a caller could be one
// to those and another to this. https://www.rfc-editor.org/rfc/rfc6750#section-2
import { HttpRbacPerRouteSchema, headerMatcher, type Init, type Packed, pack, RBAC_Action, type RbacPermissionSchema } from '../../envoy/index.ts';
import type { Issuer } from './schema.ts';

/** The name of the rule, which is what the details of its answers say. */
export const TOKEN_ONCE = 'weft/token-once';

type Place = NonNullable<Issuer['from']>[number];
type Permission = Init<typeof RbacPermissionSchema>;

const QUOTED = /[\\^$.*+?()[\]{}|]/g;
const quoted = (text: string): string => text.replace(QUOTED, '\\$&');
const hex = (code: number): string => code.toString(16).padStart(2, '0');

/** A name in a query, where each character may be written by its number. */
function spelled(name: string): string {
  return [...name].map((each) => `(?:${quoted(each)}|(?i)${each <= '\x7f' ? `%${hex(each.charCodeAt(0))}` : encodeURIComponent(each)})`).join('');
}

const says = (name: string, regex: string): Permission => ({ rule: { case: 'header', value: headerMatcher(name, 'regex', regex) } });

/** What holds where a token stands there, and where two do. A header is one value: with two in it no token is valid. */
function tokenAt({ header, query = '', cookie }: Place): { readonly one: Permission; readonly two?: Permission } {
  if (header !== undefined) {
    const { name, prefix = '' } = header;
    return { one: says(name, prefix === '' ? '(?s).+' : `(?s).*${quoted(prefix)}.*`) };
  }
  const one = cookie === undefined ? `${spelled(query)}=.*` : `[ \\t]*${quoted(cookie)}[ \\t]*=.*`;
  const before = cookie === undefined ? '[^?]*\\?(?:.*&)?' : '(?:.*;)?';
  const name = cookie === undefined ? ':path' : 'cookie';
  return { one: says(name, `(?s)${before}${one}`), two: says(name, `(?s)${before}${one}${cookie === undefined ? '&' : ';'}${one}`) };
}

const both = (...rules: Permission[]): Permission => ({ rule: { case: 'andRules', value: { rules } } });

const keyOf = ({ header, query, cookie }: Place): string => JSON.stringify([header?.name.toLowerCase(), header?.prefix ?? '', query, cookie]);

/** The per-route message of the filter in front of the verifier; undefined where there is one place for a token, and room for one. */
export function onceAt(places: readonly Place[]): Packed | undefined {
  const known = [...new Map(places.map((place) => [keyOf(place), tokenAt(place)])).values()];
  const permissions = known.flatMap(({ one, two }, at) => [...(two === undefined ? [] : [two]), ...known.slice(at + 1).map((other) => both(one, other.one))]);
  if (permissions.length === 0) return undefined;
  const policies = { [TOKEN_ONCE]: { permissions, principals: [{ identifier: { case: 'any' as const, value: true } }] } };
  return pack(HttpRbacPerRouteSchema, { rbac: { rules: { action: RBAC_Action.DENY, policies }, rulesStatPrefix: 'once_' } });
}
