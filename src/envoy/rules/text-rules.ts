// validate.rules for strings and bytes, with the meaning that Envoy's generated validators give them.
import type { BytesRules, StringRules } from '#gen/validate/validate_pb.js';
import { KnownRegex } from '#gen/validate/validate_pb.js';
import { all, type Check, must } from './violation.ts';

/** Lengths are counted in code points. */
function runes(value: string): number {
  let count = 0;
  for (let i = 0; i < value.length; i++) if ((value.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}

function utf8Length(value: string): number {
  let count = value.length;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) count += code > 0x7ff && (code & 0xf800) !== 0xd800 ? 2 : 1;
  }
  return count;
}

interface HeaderRule {
  readonly strict: string;
  readonly lenient: string;
  readonly what: string;
}

/** protoc-gen-validate, `well_known_regex`: the strict forms follow RFC 9110, the lenient ones only keep a header from ending early. */
const HEADER: Readonly<Record<KnownRegex, HeaderRule>> = {
  [KnownRegex.UNKNOWN]: { strict: '', lenient: '', what: '' },
  [KnownRegex.HTTP_HEADER_NAME]: { strict: "^:?[0-9a-zA-Z!#$%&'*+\\-.^_|~`]+$", lenient: '^[^\\x00\\n\\r]*$', what: 'must be a valid HTTP header name' },
  [KnownRegex.HTTP_HEADER_VALUE]: { strict: '^[^\\x00-\\x08\\n-\\x1f\\x7f]*$', lenient: '^[^\\x00\\n\\r]*$', what: 'must be a valid HTTP header value' },
};

function lengths(rules: StringRules): readonly (Check | undefined)[] {
  const has = (name: keyof StringRules): boolean => Object.hasOwn(rules, name);
  const [len, min, max, minBytes, maxBytes] = [rules.len, rules.minLen, rules.maxLen, rules.minBytes, rules.maxBytes].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    has('len') ? must<string>(`must be exactly ${len} characters long`, (value) => runes(value) === len) : undefined,
    has('minLen')
      ? must<string>(min === 1 ? 'must not be empty' : `must be at least ${min} characters long`, (value) => value.length >= min && runes(value) >= min)
      : undefined,
    has('maxLen') ? must<string>(`must be at most ${max} characters long`, (value) => value.length <= max || runes(value) <= max) : undefined,
    has('minBytes')
      ? must<string>(minBytes === 1 ? 'must not be empty' : `must be at least ${minBytes} bytes long`, (value) => utf8Length(value) >= minBytes)
      : undefined,
    has('maxBytes') ? must<string>(`must be at most ${maxBytes} bytes long`, (value) => utf8Length(value) <= maxBytes) : undefined,
  ];
}

function shape(rules: StringRules): readonly (Check | undefined)[] {
  const { prefix, suffix, contains, notContains } = rules;
  const pattern = rules.pattern === '' ? undefined : new RegExp(rules.pattern, 'u');
  const known = rules.wellKnown.case === 'wellKnownRegex' ? HEADER[rules.wellKnown.value] : undefined;
  const header = known === undefined ? undefined : new RegExp(rules.strict ? known.strict : known.lenient);
  return [
    pattern === undefined ? undefined : must<string>(`must match ${rules.pattern}`, (value) => pattern.test(value)),
    prefix === '' ? undefined : must<string>(`must start with '${prefix}'`, (value) => value.startsWith(prefix)),
    suffix === '' ? undefined : must<string>(`must end with '${suffix}'`, (value) => value.endsWith(suffix)),
    contains === '' ? undefined : must<string>(`must contain '${contains}'`, (value) => value.includes(contains)),
    notContains === '' ? undefined : must<string>(`must not contain '${notContains}'`, (value) => !value.includes(notContains)),
    header === undefined || known === undefined ? undefined : must<string>(known.what, (value) => header.test(value)),
  ];
}

export function stringRules(rules: StringRules): Check | undefined {
  const check = all([
    Object.hasOwn(rules, 'const') ? must<string>(`must be '${rules.const}'`, (value) => value === rules.const) : undefined,
    ...lengths(rules),
    ...shape(rules),
    rules.in.length > 0 ? must<string>(`must be one of ${rules.in.join(', ')}`, (value) => rules.in.includes(value)) : undefined,
    rules.notIn.length > 0 ? must<string>(`must not be one of ${rules.notIn.join(', ')}`, (value) => !rules.notIn.includes(value)) : undefined,
  ]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value, found) => {
    if (value !== '') check(value, found);
  };
}

export function bytesRules(rules: BytesRules): Check | undefined {
  const has = (name: keyof BytesRules): boolean => Object.hasOwn(rules, name);
  const [len, min, max] = [rules.len, rules.minLen, rules.maxLen].map(Number) as [number, number, number];
  const check = all([
    has('len') ? must<Uint8Array>(`must be exactly ${len} bytes long`, (value) => value.length === len) : undefined,
    has('minLen') ? must<Uint8Array>(min === 1 ? 'must not be empty' : `must be at least ${min} bytes long`, (value) => value.length >= min) : undefined,
    has('maxLen') ? must<Uint8Array>(`must be at most ${max} bytes long`, (value) => value.length <= max) : undefined,
  ]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value, found) => {
    if ((value as Uint8Array).length > 0) check(value, found);
  };
}
