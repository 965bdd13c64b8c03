// Routes of a service as a list of decisions, in words. Pure.
import type { DocumentView } from '../../api/documents.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Backend {
  readonly name: string;
  /** Of 1. */
  readonly share: number;
}

export interface Rule {
  /** `namespace/name` of the route. */
  readonly route: string;
  readonly kind: string;
  readonly index: number;
  readonly name: string;
  /** One of these is enough. */
  readonly matches: readonly string[];
  readonly backends: readonly Backend[];
  /** What else it does: filters, timeouts. */
  readonly does: readonly string[];
}

const items = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const text = (value: unknown): string => (value === undefined ? '' : String(value));

const OPERATORS: Readonly<Record<string, string>> = { Exact: '=', PathPrefix: 'begins with', RegularExpression: 'matches' };
const compared = ({ type, value }: Fields, otherwise: string): string => `${OPERATORS[text(type)] ?? OPERATORS[otherwise] ?? text(type)} ${text(value)}`;

function matchWords(match: Fields): string {
  const grpc = typeof match['method'] === 'object' ? fields(match['method']) : undefined;
  const parts = [
    ...(match['path'] === undefined ? [] : [`path ${compared(fields(match['path']), 'PathPrefix')}`]),
    ...(typeof match['method'] === 'string' ? [`method ${match['method']}`] : []),
    ...(grpc === undefined
      ? []
      : [
          `call ${[grpc['service'], grpc['method']]
            .map(text)
            .filter((part) => part !== '')
            .join('/')}`,
        ]),
    ...items(match['headers']).map((header) => `header ${text(header['name'])} ${compared(header, 'Exact')}`),
    ...items(match['queryParams']).map((one) => `query ${text(one['name'])} ${compared(one, 'Exact')}`),
  ];
  return parts.length === 0 ? 'every request' : parts.join(', ');
}

function backendsOf(rule: Fields): readonly Backend[] {
  const refs = items(rule['backendRefs']);
  const weight = (ref: Fields): number => (ref['weight'] === undefined ? 1 : Number(ref['weight']));
  const all = refs.reduce((sum, ref) => sum + weight(ref), 0);
  return refs.map((ref) => ({ name: text(ref['name']), share: all === 0 ? 0 : weight(ref) / all }));
}

function doesOf(rule: Fields): readonly string[] {
  const timeouts = Object.entries(fields(rule['timeouts'])).map(([name, value]) => `${name === 'request' ? 'timeout' : name} ${text(value)}`);
  return [...items(rule['filters']).map((filter) => text(filter['type'])), ...timeouts];
}

function hasParent({ metadata, spec }: DocumentView, namespace: string, name: string): boolean {
  return items(spec?.['parentRefs']).some(
    (parent) => parent['kind'] === 'Service' && parent['name'] === name && (parent['namespace'] ?? metadata.namespace) === namespace,
  );
}

/** The rules of all routes that decide about a service, as they stand in their documents. */
export function rulesOf(routes: readonly DocumentView[], namespace: string, name: string): readonly Rule[] {
  return routes
    .filter((route) => hasParent(route, namespace, name))
    .flatMap((route) =>
      items(route.spec?.['rules']).map((rule, index): Rule => {
        const matches = items(rule['matches']).map(matchWords);
        return {
          route: `${route.metadata.namespace ?? ''}/${route.metadata.name}`,
          kind: route.kind,
          index,
          name: text(rule['name']) || `rule ${index + 1}`,
          matches: matches.length === 0 ? ['every request'] : matches,
          backends: backendsOf(rule),
          does: doesOf(rule),
        };
      }),
    );
}

/** Which rule an explanation's place names: `spec.rules[1]…` of a route. */
export function ruleAt(place: { readonly namespace: string; readonly name: string; readonly path: string } | undefined): string | undefined {
  const index = /^spec\.rules\[(\d+)\]/.exec(place?.path ?? '')?.[1];
  return place === undefined || index === undefined ? undefined : `${place.namespace}/${place.name} ${index}`;
}
