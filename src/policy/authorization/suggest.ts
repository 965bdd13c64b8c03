// From what was observed to the smallest policy that allows it: for `weft authz allow` and for suggestions out of access records.
import { parseSpiffeId } from '../../model/index.ts';
import type { AuthorizationSpec, RuleSpec } from './schema.ts';

/** One kind of call that was seen. `method` and `path` are '' for a connection of bytes. */
export interface ObservedAccess {
  /** SPIFFE ID of the caller. */
  readonly principal: string;
  readonly method: string;
  /** Normalised, without its query. */
  readonly path: string;
  /** Where the application listens. */
  readonly port: number;
}

export interface Suggestion {
  readonly namespace: string;
  readonly name: string;
  /** The Service that was called. */
  readonly service: string;
  readonly trustDomain: string;
  readonly enforcement?: 'Enforce' | 'DryRun';
  /** Segments that look like identifiers (numbers, UUIDs, long hexadecimals) become `{*}`. */
  readonly identifiers?: boolean;
}

const IDENTIFIER = /^(\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;

const generalised = (path: string): string =>
  path
    .split('/')
    .map((segment) => (IDENTIFIER.test(segment) ? '{*}' : segment))
    .join('/');

/** `*` and braces are signs of policies: as what they are they are written encoded, which matches them either way. */
const literal = (path: string): string => path.replace(/[*{}]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

function grouped<K extends string>(pairs: readonly (readonly [K, string])[]): ReadonlyMap<K, readonly string[]> {
  const found = new Map<K, Set<string>>();
  for (const [key, value] of pairs) found.set(key, (found.get(key) ?? new Set()).add(value));
  return new Map([...found].map(([key, values]) => [key, [...values].sort()]));
}

/** Turns values by key into keys by their (equal) values. */
function inverted(groups: ReadonlyMap<string, readonly string[]>): readonly (readonly [keys: readonly string[], values: readonly string[]])[] {
  const byValues = grouped([...groups].map(([key, values]) => [JSON.stringify(values), key] as const));
  return [...byValues].map(([values, keys]) => [keys, JSON.parse(values) as readonly string[]] as const).sort(([a], [b]) => (a.join() < b.join() ? -1 : 1));
}

type Operation = NonNullable<RuleSpec['to']>[number];

/** The operations of a set of calls: of one port, paths that were asked with the same methods stand together. */
function operationsOf(calls: readonly Pick<ObservedAccess, 'method' | 'path' | 'port'>[]): Operation[] {
  const ports = [...new Set(calls.map(({ port }) => port))].sort((a, b) => a - b);
  return ports.flatMap((port): Operation[] => {
    const here = calls.filter((each) => each.port === port);
    if (here.some(({ method }) => method === '')) return [{ operation: { ports: [port] } }];
    const methodsByPath = grouped(here.map(({ path, method }) => [path, method] as const));
    return inverted(methodsByPath).map(([paths, methods]) => ({ operation: { ports: [port], methods: [...methods], paths: [...paths] } }));
  });
}

/** The rules that allow exactly these calls (but for identifiers): callers that do the same share a rule. Sorted, so that the same calls give the same rules. */
export function rulesAllowing(
  observed: readonly ObservedAccess[],
  { trustDomain, identifiers = false }: Pick<Suggestion, 'trustDomain' | 'identifiers'>,
): RuleSpec[] {
  const calls = observed.map((each) => {
    const path = literal(each.path);
    return { ...each, path: identifiers ? generalised(path) : path };
  });
  const whatByCaller = grouped(calls.map(({ principal, ...what }) => [principal, JSON.stringify(what)] as const));
  return inverted(whatByCaller).map(([principals, what]) => ({
    from: [{ source: sourceOf(principals, trustDomain) }],
    to: operationsOf(what.map((each) => JSON.parse(each) as Omit<ObservedAccess, 'principal'>)),
  }));
}

/** Service accounts of this mesh by their short names; whoever else by his SPIFFE ID. */
function sourceOf(principals: readonly string[], trustDomain: string): NonNullable<RuleSpec['from']>[number]['source'] {
  const ours = principals.map((each) => parseSpiffeId(each)).flatMap((each) => (each.ok && each.value.trustDomain === trustDomain ? [each.value] : []));
  if (ours.length === principals.length) return { serviceAccounts: ours.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`) };
  return { principals: [...principals] };
}

/** The document that allows what was observed and nothing else. */
export function policyAllowing(observed: readonly ObservedAccess[], suggestion: Suggestion) {
  const { namespace, name, service, enforcement } = suggestion;
  const spec: AuthorizationSpec = {
    targetRefs: [{ kind: 'Service', name: service }],
    action: 'ALLOW',
    ...(enforcement === undefined ? {} : { enforcement }),
    rules: rulesAllowing(observed, suggestion),
  };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'AuthorizationPolicy', metadata: { name, namespace }, spec } as const;
}
