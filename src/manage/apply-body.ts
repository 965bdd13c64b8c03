// The body of an apply may be a whole mesh: it is taken apart document by document, a few milliseconds at a time, so that nobody else
// waits; a document that is larger than any may be is never parsed.
import { setImmediate } from 'node:timers/promises';
import type { Diagnostic } from '../base/index.ts';
import { diagnostic } from '../model/index.ts';
import { isFields, mediaType, readBody, readJson } from './body.ts';
import { manageError } from './errors.ts';

/** The most characters that one document may have, as JSON. */
export const DOCUMENT_SIZE = 1024 * 1024;
/** Below this, taking a body apart is not worth it. */
const SMALL = 128 * 1024;
/** So much work is done in one turn of the event loop. */
const TURN_MS = 5;
const TURN_CHARACTERS = 512 * 1024;
const MAX_DEPTH = 100;

export interface ApplyBody {
  /** All fields but `documents`. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly documents: readonly unknown[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Lets others have their turn when this one has lasted long enough. */
export class Turns {
  #since = performance.now();

  async pause(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** Reads `{ "documents": [ … ], … }`. Throws `bad-request` for what is none, `too-large` for YAML that is too long. */
export async function readApplyBody(body: unknown, contentType: string | undefined): Promise<ApplyBody> {
  const text = typeof body === 'string' ? body : '';
  if (text.length <= SMALL) return whole(readBody(text, contentType));
  const type = mediaType(contentType);
  if (type === 'application/json' || type.endsWith('+json')) return inPieces(text);
  return whole(readBody(text, contentType));
}

function whole(value: unknown): ApplyBody {
  if (!isFields(value) || !Array.isArray(value['documents'])) throw manageError('bad-request', 'the body must be { "documents": [ … ], "dryRun": false }');
  const { documents, ...fields } = value;
  return { fields, documents: documents as readonly unknown[], diagnostics: [] };
}

async function inPieces(text: string): Promise<ApplyBody> {
  const { start, end, members } = await cut(text);
  const { fields } = whole(readJson(`${text.slice(0, start)}${text.slice(end)}`));
  const turns = new Turns();
  const documents: unknown[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [at, [from, to]] of members.entries()) {
    await turns.pause();
    if (to - from <= DOCUMENT_SIZE) documents.push(readJson(text.slice(from, to)));
    else {
      const origin = { kind: 'document', namespace: '', name: '', path: `documents[${at}]` };
      diagnostics.push(diagnostic('WEFT1012', origin, `the document has ${to - from} characters, at most ${DOCUMENT_SIZE} are possible`));
    }
  }
  return { fields, documents, diagnostics };
}

interface Cut {
  /** The members of the list, without its brackets, lie between these. */
  readonly start: number;
  readonly end: number;
  readonly members: readonly (readonly [from: number, to: number])[];
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Finds the list `documents` of the outermost map and cuts it at its commas, by brackets and quotes alone; parsing finds what is no JSON. */
async function cut(text: string): Promise<Cut> {
  const found = /^\s*\{(?:\s*"(?!documents")(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)\s*,)*\s*"documents"\s*:\s*\[/.exec(text.slice(0, 4096));
  if (found === null) throw manageError('bad-request', 'a body of this size must begin with { "documents": [ … ] }; other fields may stand before it');
  const start = found[0].length;
  const members: (readonly [number, number])[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    if ((at - start) % TURN_CHARACTERS === TURN_CHARACTERS - 1) await setImmediate();
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_LIST || char === OPEN_MAP) {
      if (++depth > MAX_DEPTH) throw manageError('bad-request', `the body is nested more than ${MAX_DEPTH} levels deep`);
    } else if (depth > 0 && (char === CLOSE_LIST || char === CLOSE_MAP)) depth--;
    else if (depth === 0 && (char === COMMA || char === CLOSE_LIST)) {
      if (char === COMMA || text.slice(from, at).trim() !== '') members.push([from, at]);
      if (char === CLOSE_LIST) return { start, end: at, members };
      from = at + 1;
    }
  }
  throw manageError('bad-request', 'the body is not JSON: the list of documents does not end');
}

function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const next = text.indexOf('"', at);
    if (next < 0) return text.length;
    let escapes = 0;
    while (text.charCodeAt(next - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return next;
    at = next;
  }
  return text.length;
}
