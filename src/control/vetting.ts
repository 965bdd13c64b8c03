import type { Clock } from '../base/index.ts';
import { checkConfig } from '../compile/index.ts';
import type { JsonValue, Resource } from '../envoy/index.ts';
import type { DocumentKey } from '../model/index.ts';
import { shortWords } from './envoy-words.ts';
import type { ControlPorts } from './ports.ts';

export interface VettingOptions extends Pick<ControlPorts, 'checker' | 'passed' | 'log'> {
  readonly clock: Clock;
  /** Envoy refuses what is made of the document. */
  readonly refused: (key: DocumentKey, words: string) => void;
  /** More is known of the document now. */
  readonly restate: (key: DocumentKey) => void;
}

/** Resources of one document are looked at together; a configuration stands for itself. */
export type Content = { readonly kind: 'resource'; readonly resource: Resource } | { readonly kind: 'config'; readonly config: JsonValue };

/** Something that Envoy is to look at before it is used. */
export interface Question {
  /** Who is asked about: what has passed once needs no second look. */
  readonly id: string;
  /** The document that made it necessary; it is to blame when Envoy refuses. */
  readonly document: DocumentKey;
  readonly content: Content;
  /** Called when it may be used. */
  readonly passed: () => void;
  /** Called when it may not, before its document is put aside. */
  readonly refused?: () => void;
}

/** So much is remembered of one document. */
const MOST = 512;

/**
 * What documents bring that only Envoy can judge is shown to the real Envoy before any proxy sees it. Nothing else waits for that: until
 * the answer is there, things are as if the document were not. Where there is no Envoy to ask, it is used unchecked, and the document says so.
 */
export class Vetting {
  readonly #options: VettingOptions;
  readonly #passed = new Map<string, DocumentKey>();
  readonly #byDocument = new Map<DocumentKey, Set<string>>();
  readonly #unchecked = new Map<DocumentKey, string>();
  readonly #asked = new Map<DocumentKey, Map<string, Question[]>>();
  readonly #running = new Set<string>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: VettingOptions) {
    this.#options = options;
    for (const [key, ids] of options.passed?.load() ?? []) for (const id of ids) this.#note(key, id);
  }

  hasPassed(id: string): boolean {
    return this.#passed.has(id);
  }

  /** Why the document is used although nobody could check it; undefined when it was checked. */
  uncheckedOf(key: DocumentKey): string | undefined {
    return this.#unchecked.get(key);
  }

  /** Whether an answer about the document is still awaited. */
  isAsking(key: DocumentKey): boolean {
    return this.#asked.has(key) || [...this.#running].some((each) => each.startsWith(`${key} `));
  }

  /** Asks in a later turn, all questions of one document at once. */
  ask(question: Question): void {
    if (this.#closed || this.#running.has(`${question.document} ${question.id}`)) return;
    const questions = this.#asked.get(question.document) ?? new Map<string, Question[]>();
    this.#asked.set(question.document, questions.set(question.id, [...(questions.get(question.id) ?? []), question]));
    this.#cancel ??= this.#options.clock.after(0, () => this.#turn());
  }

  /** The document is gone, or says something else. */
  forget(key: DocumentKey): void {
    this.#unchecked.delete(key);
    this.#asked.delete(key);
    const ids = this.#byDocument.get(key);
    if (ids === undefined) return;
    for (const id of ids) this.#passed.delete(id);
    this.#byDocument.delete(key);
    this.#save(key);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #turn(): void {
    this.#cancel = undefined;
    const asked = [...this.#asked];
    this.#asked.clear();
    for (const [key, questions] of asked) void this.#answer(key, questions);
  }

  async #answer(key: DocumentKey, questions: ReadonlyMap<string, readonly Question[]>): Promise<void> {
    const { checker, log, refused, restate } = this.#options;
    for (const id of questions.keys()) this.#running.add(`${key} ${id}`);
    const contents = [...questions.values()].flatMap(([first]) => (first === undefined ? [] : [first.content]));
    const verdict = checker === undefined ? ({ kind: 'unavailable', why: 'there is no Envoy to ask' } as const) : await checker.check(configOf(contents));
    for (const id of questions.keys()) this.#running.delete(`${key} ${id}`);
    if (this.#closed) return;
    if (verdict.kind === 'refused') {
      log('warn', 'Envoy refuses a document before any proxy has seen it', { document: key, words: shortWords(verdict.words) });
      for (const each of questions.values()) for (const question of each) question.refused?.();
      refused(key, verdict.words);
      return;
    }
    if (verdict.kind === 'unavailable') this.#unchecked.set(key, verdict.why);
    else this.#unchecked.delete(key);
    for (const id of questions.keys()) this.#note(key, id);
    if (verdict.kind === 'passed') this.#save(key);
    for (const each of questions.values()) for (const { passed } of each) passed();
    restate(key);
  }

  #note(key: DocumentKey, id: string): void {
    const ids = this.#byDocument.get(key) ?? new Set<string>();
    this.#byDocument.set(key, ids.add(id));
    this.#passed.set(id, key);
    const [oldest] = ids;
    if (ids.size <= MOST || oldest === undefined) return;
    ids.delete(oldest);
    this.#passed.delete(oldest);
  }

  #save(key: DocumentKey): void {
    const ids = this.#byDocument.get(key);
    this.#options.passed
      ?.save(key, ids === undefined ? undefined : [...ids])
      .catch((error: unknown) => this.#options.log('error', 'what passed the check could not be saved', { document: key, error: String(error) }));
  }
}

function configOf(contents: readonly Content[]): JsonValue {
  const own = contents.find((each) => each.kind === 'config');
  return own?.config ?? checkConfig(contents.flatMap((each) => (each.kind === 'resource' ? [each.resource] : [])));
}
