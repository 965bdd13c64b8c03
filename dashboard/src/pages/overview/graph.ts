// Who calls whom, as a graph: services, calls between them with rate, failures and security, and shares of versions. Pure; numbers are those of the API.
import type { EdgesView, EdgeView, FindingView, StatView } from '../../../../src/api/index.ts';
import type { StateName } from '../../parts/state.tsx';
import { stateOf } from '../../state/golden.ts';

export interface Strand {
  readonly version: string;
  /** Of 1, of the requests of its link. */
  readonly share: number;
}

export interface GraphNode {
  /** `namespace/name`; a namespace with `/` at its end when it stands for all of its services. */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** `outside`: no part of the mesh. `group`: a namespace, with so many services. */
  readonly kind: 'service' | 'outside' | 'group';
  readonly services: number;
  /** What it is asked, per second. */
  readonly rps: number;
  /** What it asks others, per second. */
  readonly out: number;
  readonly failing: number;
  readonly p99Ms: number | null;
  readonly state: StateName;
  readonly findings: number;
}

export interface GraphLink {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly rps: number;
  /** Of 1. */
  readonly failing: number;
  readonly p99Ms: number | null;
  readonly security: 'mutual_tls' | 'none' | 'mixed' | 'unknown';
  readonly state: StateName;
  /** Two or more, the largest first; empty for a call to one version. */
  readonly strands: readonly Strand[];
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
}

const OUTSIDE = 'outside';

const known = (text: string): boolean => text !== '' && text !== 'unknown';

function sourceOf({ source }: EdgeView): string {
  const name = known(source.service) ? source.service : source.workload;
  return known(name) && known(source.namespace) ? `${source.namespace}/${name}` : OUTSIDE;
}

/** What was reached, so that a split towards versions is one call with strands, and who is called is who calls on; else what was meant. */
function destinationOf({ destination }: EdgeView): string {
  if (known(destination.service) && known(destination.namespace)) return `${destination.namespace}/${destination.service}`;
  return known(destination.called) ? destination.called : OUTSIDE;
}

function securityOf(edges: readonly EdgeView[]): GraphLink['security'] {
  const kinds = new Set(edges.map(({ security }) => security));
  const [only] = kinds;
  return kinds.size === 1 && only !== undefined ? only : kinds.has('none') ? 'mixed' : 'unknown';
}

function strandsOf(edges: readonly EdgeView[], requests: number): readonly Strand[] {
  const counts = new Map<string, number>();
  for (const { destination, requests: count } of edges) {
    const { version } = destination;
    if (known(version)) counts.set(version, (counts.get(version) ?? 0) + count);
  }
  if (counts.size < 2 || requests === 0) return [];
  return [...counts].map(([version, count]) => ({ version, share: count / requests })).sort((a, b) => b.share - a.share);
}

const worst = (values: readonly (number | null)[]): number | null => {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : Math.max(...numbers);
};

function linkOf(id: string, [from, to]: readonly [string, string], edges: readonly EdgeView[]): GraphLink {
  const requests = edges.reduce((sum, edge) => sum + edge.requests, 0);
  const failures = edges.reduce((sum, edge) => sum + edge.failures, 0);
  const failing = requests === 0 ? 0 : failures / requests;
  return {
    id,
    from,
    to,
    rps: edges.reduce((sum, edge) => sum + edge.rps, 0),
    failing,
    p99Ms: worst(edges.map((edge) => edge.p99Ms)),
    security: securityOf(edges),
    state: stateOf(failures, failing),
    strands: strandsOf(edges, requests),
  };
}

function linksOf(edges: readonly EdgeView[]): readonly GraphLink[] {
  const byEnds = Map.groupBy(edges, (edge) => `${sourceOf(edge)} → ${destinationOf(edge)}`);
  return [...byEnds].flatMap(([id, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const ends = [sourceOf(first), destinationOf(first)] as const;
    return ends[0] === ends[1] ? [] : [linkOf(id, ends, all)];
  });
}

const RANK: Readonly<Record<StateName, number>> = { bad: 0, warn: 1, ok: 2, none: 3 };

/** The worse of two states. */
export const worse = (a: StateName, b: StateName): StateName => (RANK[a] <= RANK[b] ? a : b);

function ofFindings(findings: readonly FindingView[], id: string): { readonly state: StateName; readonly count: number } {
  const own = findings.filter(({ object }) => `${object.namespace}/${object.name}` === id);
  const state = own.some(({ severity }) => severity === 'error') ? 'bad' : own.some(({ severity }) => severity === 'warning') ? 'warn' : 'none';
  return { state, count: own.length };
}

export interface GraphInput {
  readonly edges: EdgesView | undefined;
  readonly stat: StatView | undefined;
  readonly findings: readonly FindingView[];
  /** `namespace/name` of every service that is declared. */
  readonly services: readonly string[];
}

/** Everything that is declared or was called, and every call. The order is that of names, so that the same mesh is the same graph. */
export function graphOf({ edges, stat, findings, services }: GraphInput): Graph {
  const links = linksOf(edges?.items ?? []);
  const stats = new Map((stat?.items ?? []).map((item) => [item.service, item]));
  const out = new Map<string, number>();
  for (const { from, rps } of links) out.set(from, (out.get(from) ?? 0) + rps);
  const ids = new Set([...services, ...links.flatMap(({ from, to }) => [from, to]), ...stats.keys()].filter((id) => known(id)));
  const nodes = [...ids].sort().map((id): GraphNode => {
    const [namespace = '', name] = id.split('/');
    const golden = stats.get(id);
    const failing = golden?.successRate === null || golden === undefined ? 0 : 1 - golden.successRate;
    const said = ofFindings(findings, id);
    const measured = golden === undefined || golden.requests === 0 ? 'none' : stateOf(golden.failures, failing);
    return {
      id,
      namespace: name === undefined ? '' : namespace,
      name: name ?? id,
      kind: name === undefined ? 'outside' : 'service',
      services: 1,
      rps: golden?.rps ?? 0,
      out: out.get(id) ?? 0,
      failing,
      p99Ms: golden?.p99Ms ?? null,
      state: worse(measured, said.state),
      findings: said.count,
    };
  });
  return { nodes, links: links.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}
