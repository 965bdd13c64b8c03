import type { Diagnostic, Origin } from '../base/index.ts';
import { diagnostic } from './diagnostics.ts';
import { nearest, suggestion } from './edit-distance.ts';
import type { Document, ObjectMeta } from './entities.ts';
import { describe, reportIssues } from './issues.ts';
import type { KindDefinition, Report } from './kinds/kind.ts';
import type { Kinds } from './kinds/kinds.ts';
import { METADATA_SCHEMAS, toMetadata } from './metadata.ts';
import { originsOf, type SourcePlace } from './place.ts';

export interface ParseOptions {
  /** For documents that name no namespace; `default` when absent. */
  readonly defaultNamespace?: string;
}

export interface ParsedDocument {
  /** Absent when any diagnostic is an error. */
  readonly document?: Document;
  readonly diagnostics: readonly Diagnostic[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Kinds a user may know from the standards or from Weft's plans; naming them beats "unknown kind". */
const LATER: ReadonlySet<string> = new Set(
  `ServiceExport ServiceImport TimeoutPolicy RetryPolicy
   LoadBalancingPolicy CircuitBreakerPolicy HealthCheckPolicy ConnectionPolicy FaultPolicy RateLimitPolicy MutualTLSPolicy AuthorizationPolicy RequestAuthenticationPolicy
   ExternalAuthorizationPolicy TelemetryPolicy ExtensionPolicy ProxyPatch Experiment Rollout MeshPeer`.split(/\s+/),
);

const MAX_DEPTH = 64;
/** Checking costs about a microsecond for each; a control plane must not be held up by one document. */
const MAX_VALUES = 20_000;

/**
 * Checks one document against its kind and fills in the defaults. Total: whatever the value, it gives a document or at least one error,
 * never an exception. `place` gives the diagnostics their file, line and column.
 */
export function parseDocument(kinds: Kinds, value: unknown, place?: SourcePlace, options: ParseOptions = {}): ParsedDocument {
  const diagnostics: Diagnostic[] = [];
  const origin = placedOrigin(kinds, value, place, options.defaultNamespace ?? 'default');
  const report: Report = (code, path, message, hint) => void diagnostics.push(diagnostic(code, origin(path), message, hint));
  const excess = excessOf(value);
  const document = excess !== undefined ? report('WEFT1012', '', excess) : readDocument(kinds, value, options.defaultNamespace ?? 'default', report);
  return document === undefined || diagnostics.some((each) => each.severity === 'error') ? { diagnostics } : { document, diagnostics };
}

/** Checks the spec of a document again, as `apply` does with what the store gives it: places come from its source map. */
export function checkDocument(kinds: Kinds, document: Document): { readonly spec?: unknown; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const origin = originsOf(document);
  const report: Report = (code, path, message, hint) => void diagnostics.push(diagnostic(code, origin(path), message, hint));
  const kind = findKind(kinds, document.apiVersion, document.kind, report);
  const spec = kind === undefined ? undefined : readSpec(kind, document.metadata, document.spec, report);
  return spec === undefined || diagnostics.some((each) => each.severity === 'error') ? { diagnostics } : { spec, diagnostics };
}

function readDocument(kinds: Kinds, value: unknown, defaultNamespace: string, report: Report): Document | undefined {
  const input = withoutNulls(value);
  if (!isFields(input)) return report('WEFT1004', '', `expected a document, not ${describe(value)}`);
  const { apiVersion, kind: kindName, metadata, spec, status, ...rest } = input;
  for (const key of ['apiVersion', 'kind'] as const) reportHead(kinds, key, input, report);
  if (typeof apiVersion !== 'string' || apiVersion === '' || typeof kindName !== 'string' || kindName === '') return undefined;
  const kind = findKind(kinds, apiVersion, kindName, report);
  if (kind === undefined) return undefined;
  if (!kind.topLevel) reportStrangers(rest, report);
  if (status !== undefined && !isFields(status)) report('WEFT1202', 'status', `expected a map, not ${describe(status)}`);
  const meta = readMetadata(kind, metadata, defaultNamespace, report);
  // A Document that was parsed before has the fields of such a kind in `spec`.
  const own = kind.topLevel && (spec === undefined || Object.keys(rest).length > 0) ? { ...rest, ...(spec === undefined ? {} : { spec }) } : spec;
  const checked = readSpec(kind, meta ?? NO_METADATA, own, report);
  if (meta === undefined || checked === undefined) return undefined;
  return { apiVersion: kind.apiVersion, kind: kindName, metadata: meta, spec: checked as Fields, ...(isFields(status) ? { status } : {}) };
}

/** apiVersion or kind, when it is not there or no text; with the kind known, the hint says which apiVersion it has. */
function reportHead(kinds: Kinds, key: 'apiVersion' | 'kind', input: Fields, report: Report): void {
  const value = input[key];
  if (typeof value === 'string' && value !== '') return;
  const known = key === 'apiVersion' ? kinds.all.find((kind) => kind.kind === input['kind']) : undefined;
  const hint = known === undefined ? undefined : `write apiVersion: ${known.apiVersion}`;
  report('WEFT1005', value === undefined ? '' : key, value === undefined ? `the document has no ${key}` : `${key} must be text, not ${describe(value)}`, hint);
}

const NO_METADATA: ObjectMeta = { name: 'default', namespace: '', labels: {}, annotations: {} };

function reportStrangers(rest: Fields, report: Report): void {
  for (const key of Object.keys(rest)) {
    const near = suggestion(key, ['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    report('WEFT1203', key, `unknown field ${describe(key)}${near === '' ? '' : `: ${near}`}`);
  }
}

function findKind(kinds: Kinds, apiVersion: string, name: string, report: Report): KindDefinition | undefined {
  const kind = kinds.of(apiVersion, name);
  if (kind !== undefined) return kind;
  const same = kinds.all.find((each) => each.kind === name);
  if (same !== undefined)
    report('WEFT1007', 'apiVersion', `${name} is of ${same.apiVersion}, not ${describe(apiVersion)}`, `write apiVersion: ${same.apiVersion}`);
  else if (LATER.has(name)) report('WEFT1006', 'kind', `the kind ${name} is not supported by this version of Weft; the document is refused`);
  else report('WEFT1006', 'kind', unknownKind(kinds, apiVersion, name));
  return undefined;
}

function unknownKind(kinds: Kinds, apiVersion: string, name: string): string {
  const names = kinds.all.map((kind) => kind.kind);
  const near = nearest(name, names);
  return `unknown kind ${describe(name)} in ${describe(apiVersion)}: ${near === undefined ? 'weft apply knows the kinds of docs/reference/kinds.md' : `did you mean "${near}"?`}`;
}

function readMetadata(kind: KindDefinition, value: unknown, defaultNamespace: string, report: Report): ObjectMeta | undefined {
  if (value === undefined) return report('WEFT1201', '', 'the document has no metadata', 'add metadata: { name: NAME }');
  const parsed = METADATA_SCHEMAS[kind.nameRule].safeParse(value);
  if (parsed.success) return toMetadata(kind, parsed.data, defaultNamespace, report);
  reportIssues(parsed.error.issues, value, ['metadata'], nameReport(report));
  return undefined;
}

/** A bad name is its own code: it has its own rule. */
function nameReport(report: Report): Report {
  return (code, path, message, hint) =>
    report(code === 'WEFT1204' && (path === 'metadata.name' || path === 'metadata.namespace') ? 'WEFT1209' : code, path, message, hint);
}

function readSpec(kind: KindDefinition, metadata: ObjectMeta, value: unknown, report: Report): object | undefined {
  if (value === undefined && kind.specRequired) return report('WEFT1201', '', `a ${kind.kind} needs a spec`);
  const input = value ?? {};
  const parsed = kind.schema.safeParse(input);
  if (!parsed.success) return reportIssues(parsed.error.issues, input, kind.topLevel ? [] : ['spec'], kind.kind === 'Secret' ? quiet(report) : report);
  kind.check(metadata, parsed.data, report);
  return parsed.data;
}

/** Where values must not be quoted: what was found is left out of the message. */
function quiet(report: Report): Report {
  return (code, path, message, hint) => report(code, path, code === 'WEFT1201' || code === 'WEFT1203' ? message : 'the value is not allowed here', hint);
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** As in Kubernetes, `field: null` says the same as leaving the field out. Lists keep their nulls: there they are a mistake. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, withoutNulls(each)]])));
}

/** Why a value is more than any document says, or undefined. Bounded itself: it ends where the limit is reached. */
function excessOf(value: unknown): string | undefined {
  let values = 0;
  const look = (each: unknown, depth: number): string | undefined => {
    if (++values > MAX_VALUES) return `more than ${MAX_VALUES} values`;
    if (each === null || typeof each !== 'object') return undefined;
    if (depth >= MAX_DEPTH) return `nested more than ${MAX_DEPTH} levels deep`;
    for (const member of Object.values(each)) {
      const found = look(member, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return look(value, 0);
}

/** Origins of a value that may not be a document at all: as much of kind and name as can be read. */
function placedOrigin(kinds: Kinds, value: unknown, place: SourcePlace | undefined, defaultNamespace: string): (path: string) => Origin {
  const input = isFields(value) ? value : {};
  const metadata = isFields(input['metadata']) ? input['metadata'] : {};
  const kind = textOr(input['kind'], 'document');
  const namespaced = kinds.of(textOr(input['apiVersion'], ''), kind)?.namespaced ?? false;
  const base = { kind, namespace: textOr(metadata['namespace'], namespaced ? defaultNamespace : ''), name: textOr(metadata['name'], '') };
  return (path) => ({ ...base, path, ...(place === undefined ? {} : { file: place.file, ...place.at(path) }) });
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
