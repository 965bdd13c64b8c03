// The documents behind a record: the policy that is to blame and the route that was taken, where they stand, and whether they have changed since.
import type { PartView, RecordView } from '../api/index.ts';
import { type Document, type DocumentKey, makeDocumentKey, parseSourceMap, SOURCE_MAP } from '../model/index.ts';
import { kindByWord } from '../policy/index.ts';
import type { Store } from '../store/index.ts';

interface Named {
  readonly role: PartView['role'];
  readonly kinds: readonly string[];
  readonly namespace: string;
  readonly name: string;
  /** Which rule: a number or its name. */
  readonly rule?: string;
}

/** `FaultPolicy shop/lab`, or what the authorization filter calls a rule: `shop/ledger-strict#0`. */
function namedByPolicy(policy: string): readonly Named[] {
  return policy.split(',').flatMap((each): readonly Named[] => {
    const found = /^(?:(\w+) )?([a-z0-9.-]+)\/([a-z0-9.-]+)(?:#([\w.-]+))?/.exec(each.trim());
    if (found === null) return [];
    const [, kind = 'AuthorizationPolicy', namespace = '', name = '', rule] = found;
    return [{ role: 'policy', kinds: [kind], namespace, name, ...(rule === undefined ? {} : { rule }) }];
  });
}

/** Of `shop/checkout/3`; route tables of the mesh's own making have other names. */
function namedByRoute(route: string): readonly Named[] {
  const found = /^([a-z0-9.-]+)\/([a-z0-9.-]+)\/([\w.-]+)(?:[#|].*)?$/.exec(route);
  if (found === null) return [];
  const [, namespace = '', name = '', rule = ''] = found;
  return [{ role: 'route', kinds: ['HTTPRoute', 'GRPCRoute'], namespace, name, rule }];
}

/** Path of a rule in the document as it is now. */
function rulePath({ spec }: Document, rule: string | undefined): string {
  const rules = spec['rules'];
  if (rule === undefined || !Array.isArray(rules)) return 'spec';
  const at = /^\d+$/.test(rule) ? Number(rule) : rules.findIndex((each: { readonly name?: unknown }) => each?.name === rule);
  return at >= 0 && at < rules.length ? `spec.rules[${at}]` : 'spec';
}

function placeIn(document: Document, path: string): { readonly file?: string; readonly line?: number } {
  const map = parseSourceMap(document.metadata.annotations[SOURCE_MAP]);
  if (map === undefined) return {};
  return { file: map.file, line: map.at[path] ?? map.line };
}

const PATIENCE_MS = 1000;

/** Whether the spec of a document is another one than at that revision of the store. */
async function changedSince(store: Store, key: DocumentKey, current: Document, revision: number): Promise<PartView['state']> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), PATIENCE_MS);
  try {
    if (revision >= store.revision) return 'unchanged';
    const { namespace } = current.metadata;
    const events = store.watch({ since: revision, bookmarkMs: 20, signal: ending.signal, ...(namespace === '' ? {} : { namespace }) });
    for await (const event of events) {
      if (event.kind === 'bookmark') return 'unchanged';
      if (makeKey(event.document) !== key) continue;
      if (event.kind === 'delete' || event.created) return 'changed';
      if (event.previous === undefined) return 'unknown';
      if (JSON.stringify(event.previous.spec) !== JSON.stringify(event.document.spec)) return 'changed';
    }
    return 'unknown';
  } catch {
    return 'unknown';
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

function makeKey({ apiVersion, kind, metadata }: Document): DocumentKey {
  return makeDocumentKey(apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '', kind, metadata.namespace, metadata.name);
}

async function partOf(store: Store, named: Named, revision: number): Promise<PartView | undefined> {
  const keys = named.kinds.flatMap((kind) => {
    const known = kindByWord(kind.toLowerCase());
    return known === undefined ? [] : [makeDocumentKey(known.group, known.kind, named.namespace, named.name)];
  });
  const key = keys.find((each) => store.get(each) !== undefined);
  const { role, namespace, name } = named;
  if (key === undefined) return { role, kind: named.kinds[0] ?? '', namespace, name, path: '', state: 'gone' };
  const document = store.get(key);
  if (document === undefined) return undefined;
  const path = rulePath(document, named.rule);
  return { role, kind: document.kind, namespace, name, path, ...placeIn(document, path), state: await changedSince(store, key, document, revision) };
}

/** Documents that had a part in these records, each once. */
export async function partsOf(store: Store, records: readonly RecordView[]): Promise<readonly PartView[]> {
  const found = new Map<string, PartView>();
  for (const { policy, route, revision, wouldDeny } of records) {
    for (const named of [...namedByPolicy([policy, ...wouldDeny].join(',')), ...namedByRoute(route)]) {
      const part = await partOf(store, named, revision);
      if (part !== undefined) found.set(`${part.kind} ${part.namespace}/${part.name} ${part.path}`, part);
    }
  }
  return [...found.values()];
}
