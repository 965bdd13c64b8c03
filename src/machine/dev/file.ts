// The file of `weft dev`: a mesh for one machine. Read by hand, because there is little of it and every mistake has a place and a remedy.
import { err, ok, type Result, WeftError } from '../../base/index.ts';
import { wordsOf } from '../errors.ts';
import { type PortOption, parsePorts } from '../options.ts';

export interface DevService {
  readonly name: string;
  /** Program and arguments; a text is given to `sh -c`. */
  readonly command: readonly string[];
  readonly ports: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly version?: string;
  readonly cwd?: string;
}

export interface DevFile {
  readonly services: readonly DevService[];
  /** Files with documents, as written. */
  readonly documents: readonly string[];
}

const FILE_FIELDS = ['services', 'documents'];
const SERVICE_FIELDS = ['command', 'ports', 'env', 'replicas', 'version', 'cwd'];
const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

type Fields = Readonly<Record<string, unknown>>;

/** Collects what is wrong, with its place in the file. */
class Problems {
  readonly found: string[] = [];

  say(path: string, words: string): void {
    this.found.push(`${path}: ${words}`);
  }

  object(path: string, value: unknown, allowed?: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.say(path, 'this should be a map');
      return {};
    }
    for (const key of Object.keys(value)) {
      if (allowed !== undefined && !allowed.includes(key)) this.say(`${path}.${key}`, `unknown field; known here are ${allowed.join(', ')}`);
    }
    return value as Fields;
  }

  texts(path: string, value: unknown): readonly string[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number')) return value.map(String);
    this.say(path, 'this should be a list');
    return [];
  }
}

function readCommand(path: string, value: unknown, problems: Problems): readonly string[] {
  if (typeof value === 'string' && value.trim() !== '') return ['sh', '-c', value];
  const words = Array.isArray(value) ? problems.texts(path, value) : [];
  if (words.length === 0) problems.say(path, 'a command is needed: a text for the shell, or a list of program and arguments');
  return words;
}

function readPorts(path: string, value: unknown, problems: Problems): readonly string[] {
  const texts = problems.texts(path, value);
  try {
    parsePorts(texts) satisfies readonly PortOption[];
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    problems.say(path, wordsOf(error).replaceAll('--port ', ''));
  }
  return texts;
}

function readEnv(path: string, value: unknown, problems: Problems): Readonly<Record<string, string>> {
  const entries = Object.entries(value === undefined ? {} : problems.object(path, value));
  return Object.fromEntries(
    entries.map(([name, one]) => {
      if (typeof one === 'object') problems.say(`${path}.${name}`, 'this should be a text');
      return [name, String(one)];
    }),
  );
}

function readService(name: string, value: unknown, problems: Problems): DevService {
  const path = `services.${name}`;
  if (!NAME.test(name)) problems.say(path, 'a service is named with lower-case letters, digits and dashes, and begins with a letter');
  const { command, ports, env, replicas = 1, version, cwd } = problems.object(path, value, SERVICE_FIELDS);
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 1 || replicas > 100)
    problems.say(`${path}.replicas`, 'this should be a number from 1 to 100');
  if (cwd !== undefined && typeof cwd !== 'string') problems.say(`${path}.cwd`, 'this should be a folder');
  if (version !== undefined && typeof version !== 'string' && typeof version !== 'number') problems.say(`${path}.version`, 'this should be a text');
  return {
    name,
    command: readCommand(`${path}.command`, command, problems),
    ports: readPorts(`${path}.ports`, ports, problems),
    env: readEnv(`${path}.env`, env, problems),
    replicas: Number(replicas),
    ...(version === undefined ? {} : { version: String(version) }),
    ...(typeof cwd === 'string' ? { cwd } : {}),
  };
}

/** Reads the parsed YAML of a `weft dev` file. The error is every problem found, one `place: words` each. */
export function readDevFile(value: unknown): Result<DevFile, readonly string[]> {
  const problems = new Problems();
  const { services, documents } = problems.object('file', value, FILE_FIELDS);
  const named = Object.entries(services === undefined ? {} : problems.object('services', services));
  if (named.length === 0 && problems.found.length === 0)
    problems.say('services', 'there is none; write for example\n  services:\n    web:\n      command: node web.js\n      ports: [8080]');
  const file = { services: named.map(([name, one]) => readService(name, one, problems)), documents: problems.texts('documents', documents) };
  return problems.found.length === 0 ? ok(file) : err(problems.found);
}
