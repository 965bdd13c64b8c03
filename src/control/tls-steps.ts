// From mutual TLS to plaintext and back no request may fail, and proxies do not change at one moment. So a policy that would jump from
// the one to the other comes into force in two steps: first both are taken where requests arrive, and when every proxy has that, the rest.
import { type Clock, canonicalJson } from '../base/index.ts';
import { type Document, type DocumentKey, documentKey, type ModelEvent, type ProxyId, splitDocumentKey } from '../model/index.ts';
import { MUTUAL_TLS_POLICY } from '../policy/index.ts';

/** A proxy that does not answer for so long must not keep others from being strict. */
const LONGEST_MS = 10_000;

export interface TlsStepsOptions {
  readonly clock: Clock;
  /** The document as it is in force. */
  readonly inForce: (key: DocumentKey) => Document | undefined;
  /** Connected proxies that do not yet run all they should. */
  readonly behind: () => Iterable<ProxyId>;
  readonly release: (event: ModelEvent) => void;
}

interface Waiting {
  target: ModelEvent;
  proxies: Set<ProxyId> | undefined;
  readonly cancel: () => void;
}

type Spec = Readonly<Record<string, unknown>>;
interface PortMode {
  readonly port: number;
  readonly mode: string;
}

/** The door of the mesh for MutualTLSPolicies; everything else passes. */
export class TlsSteps {
  readonly #options: TlsStepsOptions;
  readonly #waiting = new Map<DocumentKey, Waiting>();

  constructor(options: TlsStepsOptions) {
    this.#options = options;
  }

  /** What is to come into force now: the event itself, what stands between, or nothing while that is on its way. */
  admit(event: ModelEvent): ModelEvent | undefined {
    const key = event.kind === 'put' ? documentKey(event.document) : event.key;
    if (splitDocumentKey(key).kind !== MUTUAL_TLS_POLICY) return event;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.target = event;
      return undefined;
    }
    const between = betweenOf(this.#options.inForce(key), event.kind === 'put' ? event.document : undefined);
    if (between === undefined) return event;
    const cancel = this.#options.clock.after(LONGEST_MS, () => this.#finish(key));
    this.#waiting.set(key, { target: event, proxies: undefined, cancel });
    return { kind: 'put', document: between };
  }

  /** Whether what the document says is not in force yet. */
  holds(key: DocumentKey): boolean {
    return this.#waiting.has(key);
  }

  /** Proxies may be further than before. */
  look(): void {
    if (this.#waiting.size === 0) return;
    const behind = new Set(this.#options.behind());
    for (const [key, waiting] of [...this.#waiting]) {
      // Those that are waited for are the ones that had something to take up; who comes later gets the present anyway.
      waiting.proxies ??= behind;
      for (const id of waiting.proxies) if (!behind.has(id)) waiting.proxies.delete(id);
      if (waiting.proxies.size === 0) this.#finish(key);
    }
  }

  close(): void {
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #finish(key: DocumentKey): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    waiting.cancel();
    this.#waiting.delete(key);
    this.#options.release(waiting.target);
  }
}

/** What is in force between two contents of a policy; undefined when one may follow the other at once. */
export function betweenOf(before: Document | undefined, after: Document | undefined): Document | undefined {
  const base = after ?? before;
  if (base === undefined) return undefined;
  const [was, is] = [modesOf(before?.spec), modesOf(after?.spec)];
  const moved = canonicalJson(placeOf(before?.spec)) !== canonicalJson(placeOf(after?.spec));
  const slots = [...new Set([...was.keys(), ...is.keys()])];
  const jumps = slots.filter((slot) => isJump(was.get(slot), is.get(slot), moved));
  if (jumps.length === 0) return undefined;
  const modes = new Map(slots.map((slot) => [slot, jumps.includes(slot) ? 'Permissive' : (is.get(slot) ?? was.get(slot) ?? 'Strict')]));
  return { ...base, spec: { ...base.spec, ...targetsOf(before?.spec, after?.spec), ...specOf(modes) } };
}

/** Nothing said is Strict, or what a less specific policy says: which may be that. */
function isJump(was = 'Strict', is = 'Strict', moved: boolean): boolean {
  if (was === is) return moved && was === 'Disabled';
  return (was === 'Disabled' && is === 'Strict') || (was === 'Strict' && is === 'Disabled');
}

/** By port, and '' for the whole. */
function modesOf(spec: Spec = {}): ReadonlyMap<string, string> {
  const { mode, ports = [] } = spec as { readonly mode?: string; readonly ports?: readonly PortMode[] };
  return new Map([...(mode === undefined ? [] : [['', mode] as const]), ...ports.map((each) => [String(each.port), each.mode] as const)]);
}

function specOf(modes: ReadonlyMap<string, string>): Spec {
  const ports = [...modes].flatMap(([slot, mode]) => (slot === '' ? [] : [{ port: Number(slot), mode }]));
  const mode = modes.get('');
  return { ...(mode === undefined ? {} : { mode }), ...(ports.length === 0 ? {} : { ports }) };
}

const placeOf = ({ targetRefs, selector }: Spec = {}): Spec => ({ targetRefs: targetRefs ?? [], selector: selector ?? null });

/** All that either of them is for. Two different selectors have no name together: the new one alone. */
function targetsOf(before: Spec = {}, after: Spec = {}): Spec {
  const refs = [...((after['targetRefs'] ?? []) as readonly unknown[]), ...((before['targetRefs'] ?? []) as readonly unknown[])];
  const targetRefs = [...new Map(refs.map((ref) => [canonicalJson(ref), ref])).values()];
  const selector = after['selector'] ?? before['selector'];
  return { targetRefs, ...(selector === undefined ? {} : { selector }) };
}
