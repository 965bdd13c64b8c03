// Request bodies: text to values, with limits on depth and on names that would reach JavaScript's prototypes.
import { parse as parseYaml } from 'yaml';
import { manageError } from './errors.ts';

const MAX_DEPTH = 100;

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Counts brackets outside of strings: JSON.parse itself has no limit, and what comes after it recurses. */
function checkDepth(text: string): void {
  let depth = 0;
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
  }
}

function checkKeys(value: unknown, depth = 0): void {
  if (value === null || typeof value !== 'object') return;
  if (depth > MAX_DEPTH) throw manageError('bad-request', `the body is nested more than ${MAX_DEPTH} levels deep`);
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__') throw manageError('bad-request', 'the body has a field "__proto__"');
    checkKeys(member, depth + 1);
  }
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The JSON value of a body. Throws `bad-request` with the place of the error. */
export function readJson(text: string): unknown {
  checkDepth(text);
  try {
    const value: unknown = JSON.parse(text);
    checkKeys(value);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw manageError('bad-request', `the body is not JSON: ${error.message}`);
    throw error;
  }
}

function readYaml(text: string): unknown {
  try {
    // Warnings of the library would stand in our own words, with lines of whoever sent the text.
    const value: unknown = parseYaml(text, { maxAliasCount: 50, schema: 'core', uniqueKeys: true, logLevel: 'error' });
    checkKeys(value);
    return value;
  } catch (error) {
    throw manageError('bad-request', `the body is not YAML: ${why(error)}`);
  }
}

/** JSON is YAML, but its own parser is much faster: kubectl sends JSON under the name of YAML. */
function readJsonOrYaml(text: string): unknown {
  try {
    return readJson(text);
  } catch {
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
