// Request bodies: text to values, with limits on depth and on names that would reach JavaScript's prototypes.
import { manageError } from './errors.ts';
import { parseYaml, YAML_SIZE } from './yaml.ts';

const MAX_DEPTH = 100;

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Counts brackets outside of strings: JSON.parse itself has no limit, and what comes after it recurses. The answer is how many fields are written. */
function checkDepth(text: string): number {
  let depth = 0;
  let fields = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at++;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > MAX_DEPTH) throw manageError('bad-request', `the body is nested more than ${MAX_DEPTH} levels deep`);
    } else if (char === 0x7d || char === 0x5d) depth--;
    else if (char === 0x3a) fields++;
  }
  return fields;
}

/** Half a character, or the end of a text for programs in C: what is stored, sent and shown would not be what was written. */
function checkText(text: string): void {
  if (!text.isWellFormed()) throw manageError('bad-request', 'the body has a text with half a surrogate pair, which is no character');
  if (text.includes('\0')) throw manageError('bad-request', 'the body has a text with a NUL');
}

/** Looks at all names and texts; the answer is how many fields there are. */
function checkKeys(value: unknown, depth = 0): number {
  if (typeof value === 'string') checkText(value);
  if (value === null || typeof value !== 'object') return 0;
  if (depth > MAX_DEPTH) throw manageError('bad-request', `the body is nested more than ${MAX_DEPTH} levels deep`);
  let fields = 0;
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw manageError('bad-request', 'the body has a field "__proto__"');
    checkText(key);
    fields += checkKeys(member, depth + 1);
  }
  return Array.isArray(value) ? fields : fields + Object.keys(value).length;
}

/** `JSON.parse` lets the last one win, so fewer are read than were written. */
function checkTwice(text: string, written: number, read: number): void {
  if (written === read) return;
  // YAML's reader names the place, where the text is not too long for it.
  if (text.length <= YAML_SIZE) parseYaml(text);
  throw manageError('bad-request', 'the body says a field twice in one map');
}

/** The JSON value of a body. Throws `bad-request` with the place of the error. */
export function readJson(text: string): unknown {
  const written = checkDepth(text);
  try {
    const value: unknown = JSON.parse(text);
    checkTwice(text, written, checkKeys(value));
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw manageError('bad-request', `the body is not JSON: ${error.message}`);
    throw error;
  }
}

function readYaml(text: string): unknown {
  const value = parseYaml(text);
  checkKeys(value);
  return value;
}

/** JSON is YAML, but its own parser is much faster: kubectl sends JSON under the name of YAML. */
function readJsonOrYaml(text: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    // What is too long for YAML and begins like JSON was meant as that.
    if (text.length > YAML_SIZE && /^\s*[{[]/.test(text)) throw error;
    return readYaml(text);
  }
}

/** The media type of a Content-Type header, without its parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

const YAML = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'application/apply-patch+yaml']);

/** The value of a body in JSON or YAML. Throws `unsupported-media-type` for anything else, `bad-request` for bad syntax. */
export function readBody(text: unknown, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  const body = typeof text === 'string' ? text : '';
  if (YAML.has(type)) return readJsonOrYaml(body);
  if (type === 'application/json' || type.endsWith('+json')) return readJson(body);
  const remedy =
    type === 'application/vnd.kubernetes.protobuf' ? '; with kubectl, write the document and use `kubectl apply -f` instead of `kubectl create KIND`' : '';
  throw manageError('unsupported-media-type', `bodies of type ${type} are not read here: use application/json or application/yaml${remedy}`);
}

/** As readBody, for a body that must be a map. */
export function readFields(text: unknown, contentType: string | undefined): Fields {
  const value = readBody(text, contentType);
  if (!isFields(value)) throw manageError('bad-request', 'the body must be a map');
  return value;
}
