// Nothing a user writes is ignored in silence: every optional field changes what proxies get, or somebody says that it does not.
import { expect, test } from 'vitest';
import type { Diagnostic } from '../../src/base/index.ts';
import { fateOf, isWithin } from '../../src/compile/fates/fate.ts';
import { documentDiagnostics } from '../../src/compile/index.ts';
import { apply, type Document, documentKey, type Mesh } from '../../src/model/index.ts';
import { accessLogRules, KINDS, metricsRules, objectiveOf, POLICIES, parseDocument } from '../../src/policy/index.ts';
import { documentsOf, fingerprint, fullSet, meshOf, proxiedWorkloads, sidecarOf } from '../kit/compiled.ts';
import { type FieldPath, optionalPaths, valuesFor } from '../kit/schema-paths.ts';
import { AROUND, BOOKKEEPING, TRIED } from '../kit/silence-mesh.ts';
import type { Tried } from '../kit/silence-policies.ts';

const around = meshOf(documentsOf(AROUND).documents);
const PROMISED = [
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
  'Gateway',
  'ListenerSet',
  'BackendTLSPolicy',
  'Service',
  'ExternalService',
  ...POLICIES.map(({ kind }) => kind.kind),
];

type Json = Record<string, unknown>;

interface Outcome {
  /** As it was read; '' when it was refused. */
  readonly spec: string;
  readonly bytes: string;
  readonly said: readonly Diagnostic[];
}

const OUTCOMES = new Map<string, Outcome>();

function outcome({ apiVersion, kind, name }: Tried, spec: unknown): Outcome {
  const id = `${kind} ${JSON.stringify(spec)}`;
  const known = OUTCOMES.get(id);
  if (known !== undefined) return known;
  const parsed = parseDocument({ apiVersion, kind, metadata: { name, namespace: 'a', creationTimestamp: '2026-01-01T00:00:00Z' }, spec });
  const made = parsed.document === undefined ? { spec: '', bytes: '', said: parsed.diagnostics } : compiled(parsed.document);
  OUTCOMES.set(id, made);
  return made;
}

function compiled(document: Document): Outcome {
  const { mesh } = apply(around, [{ kind: 'put', document }]);
  const sets = proxiedWorkloads(mesh).map((key) => fullSet(mesh, sidecarOf(key)));
  const bytes = [...sets.flatMap(({ resources }) => fingerprint(resources)), actsHere(mesh)].join('\n');
  return {
    spec: JSON.stringify(document.spec),
    bytes,
    said: [...documentDiagnostics(mesh, documentKey(document)), ...sets.flatMap(({ diagnostics }) => diagnostics)],
  };
}

/** What changes nothing in proxies: what is kept of numbers, which requests are written down, and what is wanted of them acts where they are told. */
function actsHere(mesh: Mesh): string {
  const kept = [...mesh.workloads.values()].map((workload) => [metricsRules(mesh, workload.namespace), accessLogRules(mesh, workload)]);
  const wanted = [...mesh.services.values()].map((service) => {
    const { availability, latency, windowMs } = objectiveOf(mesh, service) ?? {};
    return [availability?.percent, latency?.belowMs, latency?.percent, windowMs];
  });
  return JSON.stringify([kept, wanted]);
}

/** Places in a spec where the field may stand: `rules[0].timeouts` and its last name; parents that are not there are made. */
function placesIn(spec: unknown, keys: readonly string[], at = ''): readonly string[] {
  const [key = '', ...rest] = keys;
  const list = key.endsWith('[]');
  const name = list ? key.slice(0, -2) : key;
  const here = at === '' ? name : `${at}.${name}`;
  if (rest.length === 0) return [here];
  const child = (spec as Json)[name];
  if (list) return Array.isArray(child) ? child.flatMap((each, index) => placesIn(each, rest, `${here}[${index}]`)) : [];
  return placesIn(child ?? {}, rest, here);
}

const keysOf = (place: string): string[] => place.replace(/\[(\d+)\]/g, '.$1').split('.');

/** The spec with a value at a place; `undefined` takes it away. */
function withValue(spec: object, place: string, value: unknown): object {
  const copy = structuredClone(spec) as Json;
  const keys = keysOf(place);
  const last = keys.pop() ?? '';
  let at = copy;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Json;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const GENERAL: ReadonlySet<string> = new Set(['', 'spec']);

/** Whether it is about the field: at it or in it, or at what it is a part of and calling it by its name. */
function names(place: string, said: Diagnostic): boolean {
  const full = `spec.${place}`;
  const parent = full.slice(0, full.lastIndexOf('.'));
  const { path } = said.at;
  if (path.startsWith(full) || (!GENERAL.has(path) && isWithin(full, path))) return true;
  return (isWithin(parent, path) || path.startsWith(parent)) && said.message.includes(place.split('.').at(-1) ?? place);
}

/** Whether something is said of it that is not said without it; what is ignored or missing as a whole needs to be said once only. */
function saysSo(place: string, now: Outcome, without: Outcome): boolean {
  const before = new Set(without.said.map((each) => `${each.code} ${each.at.path} ${each.message}`));
  const whole = (each: Diagnostic): boolean => !GENERAL.has(each.at.path) && isWithin(`spec.${place}`, each.at.path) && fateOf(each) !== undefined;
  return now.said.some((each) => names(place, each) && (whole(each) || !before.has(`${each.code} ${each.at.path} ${each.message}`)));
}

/** The best that can be said comes last. */
const VERDICTS = ['untried', 'refused', 'silent', 'said', 'works'] as const;
type Verdict = (typeof VERDICTS)[number];

function verdict(tried: Tried, field: FieldPath): Verdict {
  const found = new Set<Verdict>();
  for (const spec of tried.specs)
    for (const place of placesIn(spec, field.path.split('.'))) {
      const one = verdictAt(tried, { spec, place, field });
      if (one === 'works') return one;
      found.add(one);
    }
  return VERDICTS.findLast((each) => found.has(each)) ?? 'untried';
}

interface At {
  readonly spec: object;
  readonly place: string;
  readonly field: FieldPath;
}

function verdictAt(tried: Tried, { spec, place, field: { schema } }: At): Verdict {
  const given = valueAt(spec, place);
  const values = [...(given === undefined ? [] : [given]), ...valuesFor(schema)];
  const outcomeOf = (value: unknown): Outcome => outcome(tried, withValue(spec, place, value));
  const empty = outcomeOf(undefined);
  // Where the document cannot be without the field, one value of it is compared with the others.
  const without = empty.spec === '' ? values.map(outcomeOf).find((each) => each.spec !== '') : empty;
  if (without === undefined) return 'untried';
  const others: Outcome[] = [];
  for (const value of values) {
    const each = outcomeOf(value);
    if (each.spec === without.spec) continue;
    if (each.spec !== '' && each.bytes !== without.bytes) return 'works';
    others.push(each);
  }
  // A single value that is the default as well says nothing new.
  if (others.length === 0) return values.length === 1 ? 'works' : 'untried';
  const said = others.filter((each) => saysSo(place, each, without));
  if (said.some((each) => each.spec !== '' || each.said.some(({ code }) => code === 'WEFT1210'))) return 'said';
  return said.length === others.length ? 'refused' : 'silent';
}

const valueAt = (spec: object, place: string): unknown => keysOf(place).reduce<unknown>((at, key) => (at as Json | undefined)?.[key], spec);

test('every kind that is promised is tried', () => {
  expect(TRIED.map(({ kind }) => kind).sort()).toEqual([...PROMISED].sort());
});

test.each(TRIED)('no optional field of $kind is ignored in silence', (tried) => {
  const kind = KINDS.find((each) => each.kind === tried.kind) ?? expect.fail();
  for (const spec of tried.specs) expect(outcome(tried, spec).spec, JSON.stringify(outcome(tried, spec).said)).not.toBe('');
  const turnedDown: string[] = [];
  const silent = optionalPaths(kind.schema).flatMap((field) => {
    const found = verdict(tried, field);
    // What is refused or ignored as a whole cannot be looked into.
    if (found === 'untried' && turnedDown.some((path) => isWithin(field.path, path))) return [];
    if (found === 'refused' || found === 'said') turnedDown.push(field.path);
    const bookkept = Object.hasOwn(BOOKKEEPING, `${tried.kind} ${field.path}`);
    return (found === 'silent' || found === 'untried') && !bookkept ? [`${field.path} ${found}`] : [];
  });
  expect(silent).toEqual([]);
});
