// A browser, as far as signing in needs one: it keeps cookies as RFC 6265bis says of their attributes, and follows nothing by itself.
import { type Ask, askTls, type Reply } from './edge.ts';

export interface Kept {
  readonly value: string;
  readonly attributes: string;
}

export class Browser {
  readonly #port: number;
  readonly #host: string;
  readonly jar = new Map<string, Kept>();

  constructor(port: number, host: string, cookies: Iterable<readonly [string, Kept]> = []) {
    this.#port = port;
    this.#host = host;
    for (const [name, kept] of cookies) this.jar.set(name, kept);
  }

  /** Another browser with the same cookies, or with some of them changed. */
  copy(change: (name: string, value: string) => string | undefined = (_name, value) => value): Browser {
    const cookies = [...this.jar].flatMap(([name, { value, attributes }]) => {
      const changed = change(name, value);
      return changed === undefined ? [] : [[name, { value: changed, attributes }] as const];
    });
    return new Browser(this.#port, this.#host, cookies);
  }

  /** Opens a page, by its path or as a whole. */
  async open(url: string, options: Pick<Ask, 'headers'> = {}): Promise<Reply> {
    const path = url.startsWith('https://') ? url.slice(url.indexOf('/', 'https://'.length)) : url;
    const cookie = [...this.jar].map(([name, { value }]) => `${name}=${value}`).join('; ');
    const reply = await askTls(this.#port, { host: this.#host, path, headers: { ...(cookie === '' ? {} : { cookie }), ...options.headers } });
    for (const line of [reply.headers['set-cookie'] ?? []].flat()) this.#keep(line);
    return reply;
  }

  #keep(line: string): void {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
    const secure = /;\s*secure/i.test(attributes);
    if (name.startsWith('__Host-') && (!secure || /;\s*domain=/i.test(attributes) || !/;\s*path=\/(;|$)/i.test(attributes))) return;
    if (/expires=Thu, 01 Jan 1970|max-age=0(;|$)/i.test(attributes)) this.jar.delete(name);
    else this.jar.set(name, { value, attributes });
  }
}
