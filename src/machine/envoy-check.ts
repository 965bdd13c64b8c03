// Asks the real Envoy what it thinks of a configuration (`--mode validate`), in a child process: one at a time, with a time limit, in a
// folder that nobody else may read, without the environment of this process. Answers are remembered by content.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type EnvoyVerdict =
  | { readonly kind: 'passed' }
  /** Envoy's own words. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Nobody could be asked. */
  | { readonly kind: 'unavailable'; readonly why: string };

export interface EnvoyCheckOptions {
  /** Path of the binary, looked for at the first question; undefined when there is none (asked again then). */
  readonly find: () => string | undefined;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const MOST_WAITING = 256;
const MOST_REMEMBERED = 512;
const MOST_WORDS = 16_384;

/** The checker of one process. */
export class EnvoyCheck {
  readonly #options: EnvoyCheckOptions;
  readonly #known = new Map<string, EnvoyVerdict>();
  readonly #asked = new Map<string, Promise<EnvoyVerdict>>();
  #binary: string | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EnvoyCheckOptions) {
    this.#options = options;
  }

  /** What Envoy says of a configuration (its JSON). Never rejects. */
  check(config: unknown): Promise<EnvoyVerdict> {
    const text = JSON.stringify(config);
    const id = createHash('sha256').update(text).digest('base64url');
    const known = this.#known.get(id);
    if (known !== undefined) return Promise.resolve(known);
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked;
    if (this.#asked.size >= MOST_WAITING) return Promise.resolve({ kind: 'unavailable', why: `${MOST_WAITING} checks are waiting already` });
    const mine = this.#last.then(() => this.#answer(id, text));
    this.#last = mine;
    this.#asked.set(id, mine);
    return mine;
  }

  async #answer(id: string, text: string): Promise<EnvoyVerdict> {
    const verdict = await this.#ask(text);
    this.#asked.delete(id);
    if (verdict.kind !== 'unavailable') this.#remember(id, verdict);
    return verdict;
  }

  #remember(id: string, verdict: EnvoyVerdict): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(id, verdict);
  }

  async #ask(text: string): Promise<EnvoyVerdict> {
    try {
      this.#binary ??= this.#options.find();
    } catch (error) {
      return { kind: 'unavailable', why: error instanceof Error ? error.message : String(error) };
    }
    if (this.#binary === undefined) return { kind: 'unavailable', why: 'there is no Envoy on this machine' };
    const folder = mkdtempSync(join(tmpdir(), 'weft-check-'));
    try {
      const file = join(folder, 'envoy.json');
      writeFileSync(file, text, { mode: 0o600 });
      return await validate(this.#binary, file, this.#options.timeoutMs ?? TIMEOUT_MS);
    } catch (error) {
      return { kind: 'unavailable', why: error instanceof Error ? error.message : String(error) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function validate(binary: string, file: string, timeoutMs: number): Promise<EnvoyVerdict> {
  return new Promise((resolve) => {
    const args = ['--mode', 'validate', '-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'error'];
    const child = spawn(binary, args, { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stderr.on('data', (chunk: Buffer) => {
      if (words.length < MOST_WORDS) words += chunk.toString();
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ kind: 'unavailable', why: error.message });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve({ kind: 'passed' });
      else if (late) resolve({ kind: 'refused', words: `Envoy did not come to an end with it within ${timeoutMs / 1000} s` });
      else resolve({ kind: 'refused', words: telling(words) ?? `Envoy ended with ${signal ?? code}` });
    });
  });
}

/** The sentence that matters, without time stamps, source lines and the name of our file. */
function telling(words: string): string | undefined {
  const lines = words.split('\n').filter((line) => /\]\[(?:error|critical)\]/.test(line));
  const last = lines.at(-1);
  const from = last === undefined ? -1 : words.indexOf(last);
  const said = (from < 0 ? words : words.slice(from)).replace(/^\[[^\]]*\](?:\[[^\]]*\]){3}\s*(?:\[[^\]]*\]\s*)?/, '');
  return said.replace(/^error initializing configuration '[^']*':\s*/, '').trim() || undefined;
}
