// Questions that several replicas of a control plane have to be asked: whoever is asked by a user asks the others, who answer for themselves alone
// (`here`). The user's rights have been looked at by then.
import type { ProxyResourceView, ProxyView, TapLine, TapStanding } from '../api/index.ts';
import type { ManagePorts } from './ports.ts';
import { flag, type Query } from './request.ts';

/** Marks a question of a replica to another one. */
export const HERE = 'here';

export const isHere = (query: Query): boolean => flag(query, HERE);

/** The same question, to another replica. */
export function hereText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each]));
  return new URLSearchParams([...pairs.filter(([name]) => name !== HERE), [HERE, 'true']]).toString();
}

export interface AllProxies {
  readonly items: readonly ProxyView[];
  /** Replicas that did not answer: what is connected to them alone looks disconnected. */
  readonly silent: readonly string[];
}

type Asked = Pick<ManagePorts, 'proxies' | 'metrics' | 'replica'>;

/** With what proxies said of their memory. Nobody waits for numbers: without them proxies are listed all the same. */
async function ownProxies({ proxies, metrics }: Asked, replica: string | undefined): Promise<readonly ProxyView[]> {
  const memory = await metrics?.memory?.().catch(() => undefined);
  return proxies().map((proxy) => {
    const memoryBytes = proxy.connected ? memory?.get(proxy.id) : undefined;
    const at = proxy.connected && replica !== undefined ? { replica } : {};
    return { ...proxy, ...(memoryBytes === undefined ? {} : { memoryBytes }), ...at };
  });
}

/** Proxies of all replicas, each as the one says that it is connected to; of `here` those of this one as it sees them. */
export async function allProxies(ports: Asked, query: Query = {}): Promise<AllProxies> {
  const { replica } = ports;
  const own = ownProxies(ports, replica?.name);
  if (replica === undefined || isHere(query)) return { items: await own, silent: [] };
  const { answers, silent } = await replica.ask(`/weft/v1/proxies?${hereText(query)}`);
  const elsewhere = new Map<string, ProxyView>();
  for (const { body } of answers)
    for (const proxy of (body as { readonly items: readonly ProxyView[] }).items) if (proxy.connected) elsewhere.set(proxy.id, proxy);
  return { items: (await own).map((proxy) => (proxy.connected ? proxy : (elsewhere.get(proxy.id) ?? proxy))), silent };
}

/** What a proxy holds, of the replica that it is connected to. */
export async function resourcesOf(
  ports: Pick<ManagePorts, 'resources' | 'replica'>,
  id: string,
  query: Query,
): Promise<readonly ProxyResourceView[] | undefined> {
  const own = await ports.resources(id);
  if (own === undefined || own.length > 0 || ports.replica === undefined || isHere(query)) return own;
  const { answers } = await ports.replica.ask(`/weft/v1/proxies/${id}/resources?${hereText(query)}`);
  return answers.map(({ body }) => (body as { readonly items: readonly ProxyResourceView[] }).items).find((items) => items.length > 0) ?? own;
}

/** Requests as they happen at the proxies of all replicas; how many tell is added up, and it ends when it ends here. */
export async function* tappedEverywhere(own: AsyncIterable<TapLine>, others: readonly AsyncIterable<TapLine>[]): AsyncGenerator<TapLine> {
  const standings = new Map<number, TapStanding>();
  for await (const { from, line } of merged([own, ...others])) {
    if (line.kind === 'standing') {
      standings.set(from, line);
      const all = [...standings.values()];
      const sum = (of: 'telling' | 'waiting'): number => all.reduce((total, each) => total + each[of], 0);
      yield { kind: 'standing', telling: sum('telling'), waiting: sum('waiting') };
    } else if (line.kind !== 'ended' || from === 0) yield line;
  }
}

interface Told<T> {
  readonly from: number;
  readonly line: T;
}

/** Lines of all as they come, until the first source ends. */
async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<Told<T>> {
  const readers = sources.map((source) => source[Symbol.asyncIterator]());
  const next = (from: number): Promise<{ from: number; done: boolean; value: T | undefined }> =>
    (readers[from] as AsyncIterator<T>).next().then(({ done, value }) => ({ from, done: done === true, value: value as T | undefined }));
  const waiting = new Map(readers.map((_, from) => [from, next(from)]));
  try {
    for (;;) {
      const { from, done, value } = await Promise.race(waiting.values());
      if (done && from === 0) return;
      if (done) waiting.delete(from);
      else waiting.set(from, next(from));
      if (value !== undefined && !done) yield { from, line: value };
    }
  } finally {
    for (const reader of readers) void reader.return?.();
  }
}
