import type { Listener } from '../../model/index.ts';
import type { ListenerOwner, Problem } from './state.ts';

interface Owned {
  readonly listener: Listener;
  readonly owner: ListenerOwner;
  readonly id: string;
}

/** Protocols that can share a port, told apart by host name. */
const FAMILY: Readonly<Record<string, string>> = { HTTP: 'HTTP', HTTPS: 'TLS', TLS: 'TLS', TCP: 'TCP', UDP: 'UDP' };
const BY_HOST: ReadonlySet<string> = new Set(['HTTP', 'TLS']);

type Clash = 'HostnameConflict' | 'ProtocolConflict';

function clashOf(a: Listener, b: Listener): Clash | undefined {
  if (a.port !== b.port) return undefined;
  const [one, other] = [FAMILY[a.protocol] ?? a.protocol, FAMILY[b.protocol] ?? b.protocol];
  if ((one === 'UDP') !== (other === 'UDP')) return undefined;
  if (one !== other) return 'ProtocolConflict';
  return !BY_HOST.has(one) || a.hostname === b.hostname ? 'HostnameConflict' : undefined;
}

interface Loss {
  readonly clash: Clash;
  readonly other: Owned;
}

/** The first of some listeners that this one cannot stand beside. */
function lossTo(others: readonly Owned[], one: Owned): Loss | undefined {
  for (const other of others) {
    const clash = other === one ? undefined : clashOf(other.listener, one.listener);
    if (clash !== undefined) return { clash, other };
  }
  return undefined;
}

/**
 * What each listener of a Gateway and its ListenerSets has against it; `all` in order of precedence. Gateway API: between documents the one with precedence
 * stays; of indistinct listeners of one document none is served. What is not served itself takes nothing away from others, of its own document neither.
 */
export function conflictsOf(all: readonly Owned[]): readonly (Problem | undefined)[] {
  const found = new Map<Owned, Loss>();
  const standing: Owned[] = [];
  for (const own of Map.groupBy(all, ({ owner }) => owner.key).values()) {
    const losses = own.map((each) => lossTo(standing, each));
    const left = own.filter((_, at) => losses[at] === undefined);
    for (const [at, each] of own.entries()) {
      const loss = losses[at] ?? lossTo(left, each);
      if (loss === undefined) standing.push(each);
      else found.set(each, loss);
    }
  }
  return all.map((each) => {
    const one = found.get(each);
    return one === undefined ? undefined : problemOf(each, one);
  });
}

function problemOf({ listener, owner }: Owned, { clash, other }: { readonly clash: Clash; readonly other: Owned }): Problem {
  const { port, protocol, hostname } = listener;
  // Of a document of somebody else no more is said than that it is there.
  const who = other.owner.key === owner.key ? `listener "${other.listener.name}"` : 'a listener of the Gateway or of an older ListenerSet';
  const same = hostname === '' ? `port ${port} for every host` : `port ${port} for ${hostname}`;
  const message =
    clash === 'HostnameConflict' ? `${who} has ${same} as well` : `${who} has another protocol on port ${port}, which cannot share it with ${protocol}`;
  return { condition: 'Conflicted', reason: clash, code: 'WEFT1604', message, origin: listener.origin };
}
