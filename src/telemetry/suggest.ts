// The tightest AuthorizationPolicy that allows what was observed. Who calls is known of every connection; what they ask is known of a sample, so methods
// and paths are only narrowed where there is enough of it.
import type { PeerView, SuggestionView, UseView } from '../api/index.ts';
import { ANY_SEGMENT } from './template.ts';

export interface Observed {
  /** Since when, epoch ms. */
  readonly since: number;
  readonly peers: readonly PeerView[];
  readonly uses: readonly UseView[];
}

/** A caller with fewer sampled requests than this may ask anything: its rarer requests were not seen. */
export const ENOUGH_SAMPLES = 50;
/** More paths of one shape than this are places for an id. */
const MOST_SIBLINGS = 8;
const MOST_PATHS = 64;

const SPIFFE = /^spiffe:\/\/([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/;

/** `namespace/account` of whoever is of the callee's own trust domain; the whole SPIFFE ID of anybody else, whose account of that name is another one. */
function accountOf(identity: string, callee: string): string | undefined {
  const found = SPIFFE.exec(identity);
  if (found === null) return undefined;
  return found[1] === SPIFFE.exec(callee)?.[1] ? `${found[2]}/${found[3]}` : identity;
}

/** Segments with many values at one place become `{*}`, from the left. */
export function mergePaths(paths: readonly string[]): readonly string[] {
  let merged = [...new Set(paths)];
  const deepest = Math.max(0, ...merged.map((path) => path.split('/').length));
  for (let at = 1; at < deepest; at++) {
    const groups = new Map<string, string[]>();
    for (const path of merged) {
      const segments = path.split('/');
      const key = segments.length > at ? `${segments.slice(0, at).join('/')}\n${segments.length}` : path;
      groups.set(key, [...(groups.get(key) ?? []), path]);
    }
    merged = [...groups.values()].flatMap((group) => {
      const values = new Set(group.map((path) => path.split('/')[at]));
      if (values.size <= MOST_SIBLINGS && !values.has(ANY_SEGMENT)) return group;
      return values.size === 1 ? group : [...new Set(group.map((path) => path.split('/').with(at, ANY_SEGMENT).join('/')))];
    });
  }
  return merged.length > MOST_PATHS ? ['/{**}'] : merged.sort();
}

interface Caller {
  readonly account: string;
  readonly samples: number;
  readonly methods: readonly string[];
  readonly paths: readonly string[];
  readonly last: string;
}

const latest = (moments: readonly string[]): string => moments.reduce((a, b) => (a > b ? a : b), '');

function callersOf(port: number, { peers, uses }: Observed): readonly Caller[] {
  const passed = uses.filter((use) => use.port === port && use.outcome === 'passed');
  const refused = new Set(uses.filter((use) => use.port === port && use.outcome === 'denied').map(({ source }) => source));
  const connected = peers.filter((peer) => peer.port === port && peer.security === 'mtls');
  const identities = new Map([...connected, ...passed].map(({ source, destination }) => [source, destination]));
  return [...identities].flatMap(([identity, callee]): readonly Caller[] => {
    const account = accountOf(identity, callee);
    const own = passed.filter(({ source }) => source === identity);
    // Who is connected and was only ever refused is not to be let in by a suggestion.
    if (account === undefined || (own.length === 0 && refused.has(identity))) return [];
    const samples = own.reduce((sum, { count }) => sum + count, 0);
    const narrow = samples >= ENOUGH_SAMPLES && own.every(({ method, path }) => method !== '' && path.startsWith('/'));
    return [
      {
        account,
        samples,
        methods: narrow ? [...new Set(own.map(({ method }) => method))].sort() : [],
        paths: narrow ? mergePaths(own.map(({ path }) => path)) : [],
        last: latest([...own, ...connected.filter(({ source }) => source === identity)].map(({ last }) => last)),
      },
    ];
  });
}

function sourcesOf(accounts: readonly string[]): readonly object[] {
  const isForeign = (account: string): boolean => account.startsWith('spiffe://');
  const serviceAccounts = accounts.filter((account) => !isForeign(account));
  const principals = accounts.filter(isForeign);
  return [...(serviceAccounts.length === 0 ? [] : [{ source: { serviceAccounts } }]), ...(principals.length === 0 ? [] : [{ source: { principals } }])];
}

/** Callers that do the same share a rule. */
function rulesOf(callers: readonly Caller[], port: number): readonly object[] {
  const groups = new Map<string, Caller[]>();
  for (const caller of callers) {
    const key = JSON.stringify([caller.methods, caller.paths]);
    groups.set(key, [...(groups.get(key) ?? []), caller]);
  }
  return [...groups.values()].map((group) => {
    const [{ methods, paths } = { methods: [], paths: [] }] = group;
    const from = sourcesOf(group.map(({ account }) => account).sort());
    const operation = { ports: [port], ...(methods.length === 0 ? {} : { methods }), ...(paths.length === 0 ? {} : { paths }) };
    return { from, to: [{ operation }] };
  });
}

/** What can be suggested for a service (`namespace/name`) from what was observed of it alone. */
export function suggest(service: string, observed: Observed): SuggestionView {
  const [namespace = '', name = ''] = service.split('/');
  const own: Observed = {
    ...observed,
    peers: observed.peers.filter((peer) => peer.service === service),
    uses: observed.uses.filter((use) => use.service === service),
  };
  const ports = [...new Set([...own.peers.filter(({ security }) => security === 'mtls'), ...own.uses].map(({ port }) => port))].sort((a, b) => a - b);
  const found = ports.map((port) => ({ port, callers: callersOf(port, own) }));
  const all = found.flatMap(({ port, callers }) => callers.map((caller) => ({ ...caller, port })));
  const plaintext = own.peers.filter(({ security }) => security === 'plaintext');
  return {
    service,
    since: new Date(observed.since).toISOString(),
    from: [...own.peers, ...own.uses].map(({ first }) => first).sort()[0] ?? '',
    connections: own.peers.reduce((sum, { connections }) => sum + connections, 0),
    samples: all.reduce((sum, { samples }) => sum + samples, 0),
    callers: all,
    plaintext: plaintext.map(({ address, port, last }) => ({ address, port, last })),
    document:
      all.length === 0
        ? undefined
        : {
            apiVersion: 'weft.dev/v1alpha1',
            kind: 'AuthorizationPolicy',
            metadata: { name: `${name}-observed`, namespace },
            spec: {
              targetRefs: [{ kind: 'Service', name }],
              action: 'ALLOW',
              enforcement: 'DryRun',
              rules: found.flatMap(({ port, callers }) => rulesOf(callers, port)),
            },
          },
  };
}
