import type { Clock } from '../base/index.ts';
import { identityError } from './errors.ts';
import type { ClaimStore } from './tokens.ts';

/** What is shut out: one workload, or everybody of a service account. */
export interface Ban {
  readonly kind: 'workload' | 'serviceaccount';
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
  readonly by: string;
  /** Epoch ms. */
  readonly at: number;
}

const BANS = 'bans';
const CUTS = 'ban-cuts';
const PART = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** `serviceaccount/shop/web`, `workload/shop/web-1`; without a kind it is a workload. Throws `bad-identity`. */
export function readBanName(text: string): Pick<Ban, 'kind' | 'namespace' | 'name'> {
  const parts = text.split('/');
  const [kind, namespace = '', name = ''] = parts.length === 2 ? ['workload', ...parts] : parts;
  if (parts.length <= 3 && (kind === 'workload' || kind === 'serviceaccount') && PART.test(namespace) && PART.test(name)) return { kind, namespace, name };
  throw identityError('bad-identity', `"${text}" is nobody: write NAMESPACE/WORKLOAD, or serviceaccount/NAMESPACE/NAME`);
}

/** Who may not come in, until somebody lets them. Kept in the store: a restart forgets none. */
export class Bans {
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #listed: readonly Ban[] | undefined;

  /** By this what is counted here is told apart from what other replicas count that share the store. */
  readonly #counter: string;

  constructor(store: ClaimStore, clock: Clock, counter = 'count') {
    this.#store = store;
    this.#clock = clock;
    this.#counter = counter;
  }

  /** The same object until somebody is banned or unbanned. */
  list(): readonly Ban[] {
    this.#listed ??= [...this.#store.listValues(BANS)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => JSON.parse(text) as Ban);
    return this.#listed;
  }

  /** How often connections from before were to be ended; survives a restart, which would end them again otherwise. */
  get cuts(): number {
    return [...this.#store.listValues(CUTS).values()].reduce((sum, text) => sum + Number(text), 0);
  }

  /** Told when somebody was banned or unbanned. */
  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => void this.#listeners.delete(callback);
  }

  /** The ban that holds for a workload or its account; undefined when they are welcome. */
  of(namespace: string, workload: string | undefined, serviceAccount: string): Ban | undefined {
    const bans = this.#store.listValues(BANS);
    if (bans.size === 0) return undefined;
    const text =
      (workload === undefined ? undefined : bans.get(`workload/${namespace}/${workload}`)) ?? bans.get(`serviceaccount/${namespace}/${serviceAccount}`);
    return text === undefined ? undefined : (JSON.parse(text) as Ban);
  }

  /** In force when it resolves. With `cut`, connections from before are to be ended, too. */
  async ban(who: string, { reason, by, cut }: { readonly reason: string; readonly by: string; readonly cut: boolean }): Promise<Ban> {
    const ban: Ban = { ...readBanName(who), reason, by, at: this.#clock.now() };
    await this.#store.putValue(BANS, keyOf(ban), JSON.stringify(ban));
    if (cut) await this.#store.putValue(CUTS, this.#counter, String(Number(this.#store.listValues(CUTS).get(this.#counter) ?? 0) + 1));
    this.#changed();
    return ban;
  }

  /** False when nobody of that name was banned. */
  async unban(who: string): Promise<boolean> {
    const key = keyOf(readBanName(who));
    if (!this.#store.listValues(BANS).has(key)) return false;
    await this.#store.putValue(BANS, key, undefined);
    this.#changed();
    return true;
  }

  /** Another replica that shares the store has changed something. */
  reread(): void {
    this.#changed();
  }

  #changed(): void {
    this.#listed = undefined;
    for (const told of [...this.#listeners]) told();
  }
}

const keyOf = ({ kind, namespace, name }: Pick<Ban, 'kind' | 'namespace' | 'name'>): string => `${kind}/${namespace}/${name}`;

/** What the one who is shut out is told. */
export function banWords({ kind, namespace, name, reason }: Ban): string {
  const who = `${kind === 'workload' ? 'the workload' : 'the service account'} ${namespace}/${name}`;
  return `${who} is banned${reason === '' ? '' : ` (${reason})`}: weft unban ${kind}/${namespace}/${name} lets it in again`;
}
