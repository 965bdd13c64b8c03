// What clients wrote, made harmless before it is kept: cut, without control characters, and without what must not be kept of anybody.

/** Control characters, halves of surrogate pairs, and what turns the direction of text around. */
const HARMFUL = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
const GONE = '…';

/** Text of at most `most` characters on one line. */
export function clean(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}${GONE}` : text;
  return cut.replace(HARMFUL, '\ufffd');
}

/** A JSON Web Token, a `Bearer` or `Basic` credential, or forty and more characters that no human chose. */
const SECRET = /eyJ[\w-]{8,}\.[\w-]*\.?[\w-]*|\b(?:Bearer|Basic) +[^\s,;]+|[A-Za-z0-9+=_-]{40,}/gi;
const WORDS = /^[a-z]+(?:[-_][a-z]+)*$/i;

/** What looks like a secret, replaced. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET, (found) => (WORDS.test(found) ? found : GONE));
}

/** Names of a query stay, values do not: tokens, mail addresses and card numbers travel there. */
function withoutValues(query: string): string {
  return query
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? GONE : `${pair.slice(0, at)}=${GONE}`;
    })
    .join('&');
}

const MOST_PATH = 1024;

/** A path with its query as it may be kept. */
export function cleanPath(path: string): string {
  const at = path.search(/[?#]/);
  const plain = withoutSecrets(clean(at < 0 ? path : path.slice(0, at), MOST_PATH));
  return at < 0 ? plain : `${plain}?${clean(withoutSecrets(withoutValues(path.slice(at + 1, at + 1 + MOST_PATH))), MOST_PATH)}`;
}

/** An authority without user and password (`user:pass@host`). */
export function cleanHost(host: string): string {
  return clean(host.slice(host.lastIndexOf('@') + 1), 255);
}
