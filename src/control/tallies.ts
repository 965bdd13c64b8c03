// How many proxies run a document, here and at the other replicas of the control plane: what each counts is told to the others, and joined.
import type { DocumentKey } from '../model/index.ts';
import type { Programmed } from './conditions.ts';

/** What one replica's proxies make of a document of this generation; `counted` is absent where the replica has none to say it of. */
export interface DocumentTally {
  readonly key: DocumentKey;
  readonly generation: number;
  readonly counted?: { readonly running: number; readonly total: number; readonly refused: number; readonly words: string };
  /** It was put aside there. */
  readonly aside?: { readonly words: string; readonly proxy: string; readonly lastGood: boolean };
}

const NOTHING: Omit<DocumentTally, 'key' | 'generation'> = {};

function wordsOf(state: Programmed): Omit<DocumentTally, 'key' | 'generation'> {
  if (state.kind === 'refused') return { aside: { words: state.words, proxy: state.proxy, lastGood: state.lastGood } };
  if (state.kind === 'absent' || state.total === 0) return NOTHING;
  const { running, total, refused, words } = state;
  return { counted: { running, total, refused, words } };
}

const isNothing = ({ counted, aside }: DocumentTally): boolean => counted === undefined && aside === undefined;

export class Tallies {
  readonly #own = new Map<DocumentKey, { readonly text: string; readonly tally: DocumentTally; readonly at: number }>();
  readonly #others = new Map<string, Map<DocumentKey, DocumentTally>>();
  #turn = 0;

  /** What proxies here make of it now. */
  note(key: DocumentKey, generation: number, state: Programmed): void {
    const tally: DocumentTally = { key, generation, ...wordsOf(state) };
    const known = this.#own.get(key);
    if (known === undefined && isNothing(tally)) return;
    const text = JSON.stringify(tally);
    if (known?.text !== text) this.#own.set(key, { text, tally, at: ++this.#turn });
  }

  /** What changed after a turn, and the turn of now. */
  since(turn: number): { readonly tallies: readonly DocumentTally[]; readonly turn: number } {
    return { tallies: [...this.#own.values()].flatMap(({ tally, at }) => (at > turn ? [tally] : [])), turn: this.#turn };
  }

  /** Another replica has told; which documents it is about. */
  heard(replica: string, tallies: readonly DocumentTally[]): readonly DocumentKey[] {
    const known = this.#others.get(replica) ?? new Map<DocumentKey, DocumentTally>();
    this.#others.set(replica, known);
    for (const tally of tallies) {
      if (isNothing(tally)) known.delete(tally.key);
      else known.set(tally.key, tally);
    }
    return tallies.map(({ key }) => key);
  }

  /** Another replica is gone; which documents it had something to say about. */
  left(replica: string): readonly DocumentKey[] {
    const keys = [...(this.#others.get(replica)?.keys() ?? [])];
    this.#others.delete(replica);
    return keys;
  }

  /** With what the others count. Who has not got to this generation yet does not run it; who put it aside is heard where proxies here took it. */
  joined(key: DocumentKey, generation: number, own: Programmed): Programmed {
    const told = [...this.#others.values()].flatMap((each) => each.get(key) ?? []);
    if (told.length === 0 || own.kind === 'refused') return own;
    const aside = told.find((each) => each.aside !== undefined && each.generation === generation)?.aside;
    if (aside !== undefined) return { kind: 'refused', ...aside };
    if (own.kind === 'absent') return own;
    return told.reduce((sum, { counted, generation: of }) => (counted === undefined ? sum : added(sum, counted, of === generation)), own);
  }
}

type Counted = Programmed & { readonly kind: 'counted' };

function added(sum: Counted, more: NonNullable<DocumentTally['counted']>, current: boolean): Counted {
  const total = sum.total + more.total;
  if (!current) return { ...sum, total };
  const words = sum.words === '' ? more.words : sum.words;
  return { kind: 'counted', running: sum.running + more.running, total, refused: sum.refused + more.refused, words };
}
