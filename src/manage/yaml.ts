// YAML of somebody who may send anything. Its reader takes about a millisecond for a kilobyte, and compares each name of a map with all others: everybody would
// wait for a megabyte of it. So a text is short (programs send JSON, kubectl too), names are compared here, and nothing is made of it twice.
import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { manageError } from './errors.ts';

/** The most characters of a YAML body. */
export const YAML_SIZE = 32 * 1024;
const MAX_ALIASES = 50;

/** The value of a YAML text. Throws `too-large`, and `bad-request` with the place of the error: syntax, a name twice in a map, aliases that multiply. */
export function parseYaml(text: string): unknown {
  if (text.length > YAML_SIZE)
    throw manageError('too-large', `a YAML body may have ${YAML_SIZE} characters, this one has ${text.length}: send JSON, or in parts`);
  const lines = new LineCounter();
  const wrong = (words: string, at = 0): Error => {
    const { line, col } = lines.linePos(at);
    return manageError('bad-request', `the body is not YAML: ${words} at line ${line}, column ${col}`);
  };
  try {
    // Errors made pretty quote the text and take their time; warnings would stand in our own log, with lines of whoever sent the text.
    const document = parseDocument(text, { schema: 'core', uniqueKeys: false, prettyErrors: false, lineCounter: lines, logLevel: 'error' });
    const [first] = document.errors;
    if (first !== undefined) throw wrong(first.message, first.pos[0]);
    const twice = nameTwice(document);
    if (twice !== undefined) throw wrong(`"${twice.name}" stands twice in one map`, twice.at);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    // The reader follows the nesting of a text, and runs out of stack before it is at its end.
    if (error instanceof RangeError) throw manageError('bad-request', 'the body is not YAML that is read here: it is nested too deep');
    if (error instanceof ReferenceError) throw manageError('bad-request', `the body is not YAML that is read here: ${error.message}`);
    throw error;
  }
}

function nameTwice(document: Document.Parsed): { readonly name: string; readonly at: number } | undefined {
  let found: { readonly name: string; readonly at: number } | undefined;
  visit(document, {
    Map: (_key, map) => {
      const names = new Set<string>();
      for (const { key } of isMap(map) ? map.items : []) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (names.has(name)) found ??= { name, at: key.range?.[0] ?? 0 };
        names.add(name);
      }
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}
