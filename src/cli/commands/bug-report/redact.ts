// What must not leave in a report: keys, tokens, passwords, and whatever stands in Secrets, wherever it is repeated. Pure. It errs on the side of
// taking out too much: a report without a word can be asked for again, one with a key cannot be taken back.

const GONE = '(redacted)';

/** Names of fields, headers, parameters and variables whose value is nobody's business. */
const SENSITIVE =
  /pass(word|wd|phrase)?$|secret$|token$|credential|api[-_]?key|access[-_]?key|private[-_]?key|(signing|encryption|hmac|master|shared|jwt|ssh|tls)[-_]?key|authorization|cookie|session[-_]?id|signature|hmac|otp$|pin$/i;
/** What only sounds like it: names of things, places of files, digests. */
const HARMLESS = /(file|name|ref|path|url|uri|ttl|count|id|type|header|digest|fingerprint|area|resource)s?$/i;

const sensitive = (name: string): boolean => SENSITIVE.test(name) && !HARMLESS.test(name);

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, GONE],
  [/\beyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*/g, GONE],
  [/\bweft_[a-z0-9]{10}_[\w-]{20,}/g, GONE],
  [/\b(gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_live_|rk_live_|AIza|AKIA|ASIA|ya29\.|npm_)[\w-]{8,}/g, GONE],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[\w+/=.~:-]{4,}/gi, `$1 ${GONE}`],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${GONE}@`],
  [
    /\b([\w.-]*(?:pass(?:word|wd|phrase)?|secret|token|credential|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie|signature)s?)(["']?\s*[=:]\s*["']?)([^\s"'&,;}{)]{2,})/gi,
    `$1$2${GONE}`,
  ],
];

/** Kubernetes' copy of a whole document, with all that is in it, as text. */
const COPY = 'kubectl.kubernetes.io/last-applied-configuration';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every value that Secrets have, as it is and as it is written in documents; longest first. Short ones would take out words of everything. */
export function secretValues(secrets: readonly unknown[]): readonly string[] {
  const found = new Set<string>();
  const take = (text: string): void => {
    if (text.trim().length >= 6) found.add(text.trim());
  };
  for (const secret of secrets) {
    const { data, stringData, spec } = (isFields(secret) ? secret : {}) as { readonly data?: unknown; readonly stringData?: unknown; readonly spec?: unknown };
    for (const from of [data, isFields(spec) ? spec['data'] : undefined])
      for (const value of isFields(from) ? Object.values(from) : []) {
        if (typeof value !== 'string') continue;
        take(value);
        take(Buffer.from(value, 'base64').toString('utf8'));
      }
    for (const from of [stringData, isFields(spec) ? spec['stringData'] : undefined])
      for (const value of isFields(from) ? Object.values(from) : []) {
        if (typeof value !== 'string') continue;
        take(value);
        take(Buffer.from(value).toString('base64'));
      }
  }
  return [...found].sort((a, b) => b.length - a.length);
}

export class Redactor {
  readonly #known: readonly string[];
  /** How often something was taken out. */
  taken = 0;

  /** `known`: texts that are secrets, as `secretValues` finds them, and tokens of the caller. */
  constructor(known: readonly string[]) {
    this.#known = [...new Set(known.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]))]
      .filter((text) => text.length >= 6)
      .sort((a, b) => b.length - a.length);
  }

  /** A text without what is known, and without what looks like a secret. */
  text(text: string): string {
    let clean = this.scrub(text);
    for (const [pattern, instead] of PATTERNS)
      clean = clean.replace(pattern, (...found: readonly unknown[]) => {
        this.taken++;
        return instead.replace(/\$(\d)/g, (_, at: string) => String(found[Number(at)] ?? ''));
      });
    return clean;
  }

  /** Without what is known alone: also a text that others have to read again, as JSON. */
  scrub(text: string): string {
    let clean = text;
    for (const known of this.#known) clean = clean.replaceAll(known, () => this.#gone());
    return clean;
  }

  #gone(): string {
    this.taken++;
    return GONE;
  }

  /** A value as it may be shown. A Secret keeps the names of what is in it. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    if (!isFields(value)) return value;
    const secret = value['kind'] === 'Secret';
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.text(name), this.#member(value, name, member, secret)]));
  }

  #member(owner: Fields, name: string, member: unknown, secret: boolean): unknown {
    if (secret && (name === 'data' || name === 'stringData' || name === 'spec')) return this.#emptied(member);
    if (name === COPY) return this.#gone();
    const leaf = typeof member === 'string' || typeof member === 'number';
    if (leaf && sensitive(name) && !(name === 'key' && 'value' in owner)) return this.#gone();
    // { name: authorization, value: … }: headers, tags, variables
    const label = owner['name'] ?? owner['key'] ?? owner['header'];
    if (
      leaf &&
      /^(value|rawValue|raw_value|literal|exact|inline_?string|inline_?bytes|string_?value)$/i.test(name) &&
      typeof label === 'string' &&
      sensitive(label)
    )
      return this.#gone();
    return this.value(member);
  }

  #emptied(value: unknown): unknown {
    if (typeof value === 'string') return this.#gone();
    if (Array.isArray(value)) return value.map((each) => this.#emptied(each));
    return isFields(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#emptied(member)])) : value;
  }
}
