import { type Diagnostic, err, ok, type Result } from '../base/index.ts';
import { diagnostic, type Report, reportIssues } from '../model/index.ts';
import { kindOf } from '../policy/index.ts';
import { type Values, valuesSchema } from './values.ts';

/** Values as somebody gave them, with where they stand. */
export interface GivenValues {
  /** A file, or a flag. */
  readonly from: string;
  readonly value: unknown;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Later ones win, field by field; lists are replaced, as Helm does. */
function merge(under: unknown, over: unknown): unknown {
  if (!isFields(under) || !isFields(over)) return over;
  const both = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...both].map((key) => [key, key in over ? merge(under[key], over[key]) : under[key]]));
}

/** `a.b[0].c` in its parts. */
const partsOf = (path: string): readonly string[] => path.split(/[.[\]]+/).filter((part) => part !== '');

function holds(value: unknown, [first, ...rest]: readonly string[]): boolean {
  if (first === undefined) return true;
  if (Array.isArray(value)) return holds(value[Number(first)], rest);
  return isFields(value) && first in value && holds(value[first], rest);
}

/**
 * The values of all of these, the last of which win; or every mistake in them, each with the file or flag that has it. Total: any JSON may
 * be given.
 */
export function readValues(given: readonly GivenValues[]): Result<Values, readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const merged = given.map(({ value }) => value ?? {}).reduce(merge, {});
  const report: Report = (code, path, message, hint) => {
    const from = given.findLast(({ value }) => holds(value, partsOf(path)))?.from ?? given.at(-1)?.from ?? 'defaults';
    found.push(diagnostic(code, { kind: 'values', namespace: '', name: from, path }, message, hint));
    return undefined;
  };
  const parsed = valuesSchema.safeParse(merged);
  if (!parsed.success) reportIssues(parsed.error.issues, merged, [], report);
  else check(parsed.data, report);
  return parsed.success && found.length === 0 ? ok(parsed.data) : err(found);
}

/** What the schema cannot say. */
function check(values: Values, report: Report): void {
  const { data, replicas } = values.controlPlane;
  if (data.claim !== undefined && replicas > 1) report('WEFT2461', 'controlPlane.data.claim', `one volume cannot be the data folder of ${replicas} replicas`);
  const { clientAuthority, clientNames } = values.webhooks;
  if (clientAuthority === undefined && clientNames.length > 0)
    report('WEFT2473', 'webhooks.clientNames', 'nobody is recognised by a name without clientAuthority');
  for (const name of ['kube-system', 'default']) if (values.namespace === name) report('WEFT2462', 'namespace', `the control plane does not run in ${name}`);
  const mesh = values.mesh === undefined ? undefined : kindOf('weft.dev/v1alpha1', 'Mesh')?.schema.safeParse(values.mesh);
  if (mesh?.success === false) reportIssues(mesh.error.issues, values.mesh, ['mesh'], report);
  const said = values.mesh?.['trustDomain'] ?? values.trustDomain;
  if (said !== values.trustDomain) report('WEFT2463', 'mesh.trustDomain', `the Mesh says ${String(said)}, and trustDomain is ${values.trustDomain}`);
}
