// The values of a command line: files of `-f`, then `--set`, then the flags that have a name of their own.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Diagnostic } from '../../../base/index.ts';
import { type GivenValues, type Installation, readValues } from '../../../install/index.ts';
import { diagnostic } from '../../../model/index.ts';
import { type Invocation, type Options, repeated, text, texts } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { errorCodes, tellDiagnostics } from '../../text/diagnostics.ts';

type Fields = Readonly<Record<string, unknown>>;

const MOST_PARTS = 16;
const MOST_INDEX = 999;

export function valueFlags(declared: Command): Command {
  return declared
    .option('-f, --values <file>', 'values, as in deploy/helm/weft/values.yaml; may be given several times, the last wins', repeated)
    .option('--set <path=value>', 'one value, for example controlPlane.replicas=3; may be given several times', repeated)
    .option('--revision <name>', 'a control plane beside the one that is there, for namespaces with the label weft.dev/rev of this name');
}

class Problem extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super();
    this.diagnostics = diagnostics;
  }
}

const noValues = (from: string, message: string): Problem =>
  new Problem([diagnostic('WEFT2464', { kind: 'values', namespace: '', name: from, path: '' }, message)]);

async function ofFile({ io }: Invocation, file: string): Promise<GivenValues> {
  const { parse } = await import('../../text/yaml.ts');
  try {
    const value: unknown = parse(readFileSync(resolve(io.cwd, file), 'utf8'), { maxAliasCount: 20 });
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return { from: file, value: value ?? {} };
  } catch (cause) {
    throw noValues(file, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause));
  }
  throw noValues(file, 'the file has no object in it');
}

/** `a.b[0].c` → the value there in an object of its own. */
function nested([first, ...rest]: readonly string[], value: unknown): unknown {
  if (first === undefined) return value;
  return /^\d+$/.test(first) ? [...Array<unknown>(Number(first)), nested(rest, value)] : { [first]: nested(rest, value) };
}

async function ofSet(given: string): Promise<GivenValues> {
  const { parse } = await import('../../text/yaml.ts');
  const from = `--set ${given}`;
  const [, path, value] = /^((?:[A-Za-z][\w-]*)(?:\.[A-Za-z][\w-]*|\[\d+\])*)=(.*)$/s.exec(given) ?? [];
  if (path === undefined || value === undefined) throw noValues(from, 'it is no PATH=VALUE');
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  if (parts.length > MOST_PARTS || parts.some((part) => Number(part) > MOST_INDEX)) throw noValues(from, 'the path leads too far');
  try {
    return { from, value: nested(parts, parse(value, { maxAliasCount: 0 }) ?? '') };
  } catch (cause) {
    throw noValues(from, cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause));
  }
}

/** Elements of lists that several `--set` name together: `secrets[0].namespace=a`, `secrets[0].names=[b]`. */
function woven(under: unknown, over: unknown): unknown {
  if (Array.isArray(under) && Array.isArray(over))
    return Array.from({ length: Math.max(under.length, over.length) }, (_, at) => (over[at] === undefined ? under[at] : woven(under[at], over[at])));
  if (typeof under !== 'object' || under === null || typeof over !== 'object' || over === null || Array.isArray(under) || Array.isArray(over)) return over;
  const [a, b] = [under as Fields, over as Fields];
  return Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, key in b ? woven(a[key], b[key]) : a[key]]));
}

async function given(invocation: Invocation, options: Options): Promise<readonly GivenValues[]> {
  const files: GivenValues[] = [];
  for (const file of texts(options, 'values')) files.push(await ofFile(invocation, file));
  const sets: GivenValues[] = [];
  for (const each of texts(options, 'set')) sets.push(await ofSet(each));
  const together = sets.reduce<unknown>((under, { value }) => woven(under, value), {});
  const revision = text(options, 'revision');
  const { namespace } = invocation.flags;
  return [
    ...files,
    ...(sets.length === 0 ? [] : [{ from: '--set', value: together }]),
    ...(revision === undefined ? [] : [{ from: '--revision', value: { revision } }]),
    ...(namespace === undefined ? [] : [{ from: '-n', value: { namespace } }]),
  ];
}

/** What is to be installed; `under` are values below those of the command line. Throws CommandError 65 when a value is wrong, each told with its place. */
export async function installationOf(invocation: Invocation, options: Options, under: readonly GivenValues[] = []): Promise<Installation> {
  const { version } = invocation.actions;
  const refuse = (diagnostics: readonly Diagnostic[]): CommandError => {
    tellDiagnostics(invocation, diagnostics);
    return new CommandError(EXIT.badInput, `the values are not valid, so nothing was printed    docs: ${errorCodes(diagnostics)}`);
  };
  try {
    const values = readValues([...under, ...(await given(invocation, options))]);
    if (values.ok) return { values: values.value, version };
    throw refuse(values.error);
  } catch (error) {
    throw error instanceof Problem ? refuse(error.diagnostics) : error;
  }
}
