// The kinds that belong to routes: RouteFilter, Subset, ReferenceGrant.
import type { Document, MatchExtension, NamedMatch, ReferenceGrant, RouteFilter, SourceMatch, StringMatch, Subset } from './entities.ts';
import { documentKey, serviceKey } from './keys.ts';
import type { ReferenceGrantSpec } from './kinds/reference-grant.ts';
import type { ComparisonSpec, MatchExtensionSpec, RouteFilterSpec } from './kinds/route-filter.ts';
import type { SubsetSpec } from './kinds/subset.ts';
import { originsOf } from './place.ts';

export function readRouteFilter(document: Document, spec: RouteFilterSpec): RouteFilter {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  const { match, directResponse, rewritePath } = spec;
  return {
    key: documentKey(document),
    namespace,
    name,
    ...(match === undefined ? {} : { match: readExtension(match, namespace, name) }),
    ...(directResponse === undefined ? {} : { respond: { status: directResponse.statusCode, body: directResponse.body, headers: directResponse.headers } }),
    ...(rewritePath === undefined
      ? {}
      : { rewrite: { path: { kind: 'regex', pattern: rewritePath.pattern, value: rewritePath.substitution }, origin: at('spec.rewritePath') } }),
    createdAt: creationTimestamp,
    origin: at(''),
  };
}

function readExtension(match: MatchExtensionSpec, namespace: string, name: string): MatchExtension {
  return {
    filter: `${namespace}/${name}`,
    methods: match.methods,
    notMethods: match.notMethods,
    schemes: match.schemes,
    paths: match.paths.map(({ type, value, ignoreCase, not }) => ({
      match: { kind: PLAIN[type], value, ...(ignoreCase ? { ignoreCase } : {}) },
      ...(not ? { not } : {}),
    })),
    ignorePathCase: match.ignorePathCase,
    headers: match.headers.map((each) => ({ ...readComparison(each), name: each.name.toLowerCase() })),
    query: match.query.map(readComparison),
    cookies: match.cookies.map(readComparison),
    ...(match.source === undefined ? {} : { source: readSource(match.source, namespace) }),
  };
}

const PLAIN = { Exact: 'exact', Prefix: 'prefix', Suffix: 'suffix', Contains: 'contains' } as const;
const KINDS = { ...PLAIN, RegularExpression: 'regex' } as const;

function readComparison({ name, type, value = '', range, ignoreCase, not }: ComparisonSpec): NamedMatch {
  return { name, match: comparison(), ...(not ? { not } : {}) };

  function comparison(): StringMatch {
    if (type === 'Present') return { kind: 'present' };
    if (type === 'Range') return { kind: 'range', start: range?.start ?? 0, end: range?.end ?? 0 };
    return { kind: KINDS[type], value, ...(ignoreCase ? { ignoreCase } : {}) };
  }
}

function readSource(source: NonNullable<MatchExtensionSpec['source']>, namespace: string): SourceMatch {
  const serviceAccounts = source.serviceAccounts.map((each) => (each.includes('/') ? each : `${namespace}/${each}`));
  return { namespaces: source.namespaces, serviceAccounts, labels: source.labels, not: source.not };
}

export function readSubset(document: Document, spec: SubsetSpec): Subset {
  const { namespace, name } = document.metadata;
  return {
    key: documentKey(document),
    namespace,
    name,
    service: serviceKey(namespace, spec.service),
    selector: spec.selector,
    origin: originsOf(document)(''),
  };
}

export function readGrant(document: Document, spec: ReferenceGrantSpec): ReferenceGrant {
  const { namespace } = document.metadata;
  const to = spec.to.map(({ group, kind, name }) => ({ group: group === 'core' ? '' : group, kind, ...(name === undefined ? {} : { name }) }));
  return { key: documentKey(document), namespace, from: spec.from, to, origin: originsOf(document)('') };
}
