// What the mesh says of documents, onto the objects that they are. The leader alone does it; it looks before it writes, and writes only what
// the object does not say already. When others write there as well, theirs stays.
import { canonicalJson, WeftError } from '../../base/index.ts';
import type { KubeClient, KubeObject, ObjectName, ResourceType } from '../../kube/index.ts';
import { type Document, type DocumentKey, documentKey, isMirrored, makeDocumentKey } from '../../model/index.ts';
import { kindOf } from '../../policy/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../logger.ts';
import { type Claims, ownStatus, statusToApply } from './own-status.ts';
import type { Serves } from './revision.ts';
import { WorkList } from './work-list.ts';

const FIELD_MANAGER = 'weft';
/** What the store says to a watch that is too far behind. */
const BEHIND: ReadonlySet<string> = new Set(['revision-gone', 'watch-overflow']);

export interface StatusObjectsOptions {
  readonly client: Pick<KubeClient, 'get' | 'apply'>;
  readonly store: Pick<Store, 'get' | 'list' | 'watch'>;
  readonly classIsOurs: Claims['classIsOurs'];
  readonly serves: Serves;
  readonly log: Log;
  /** A second has at most so many writes. Default 50. */
  readonly perSecond?: number;
}

/** Keeps the status of objects until the signal aborts. */
export async function keepStatuses(options: StatusObjectsOptions, signal: AbortSignal): Promise<void> {
  const { store, log, perSecond = 50 } = options;
  const said = new Map<DocumentKey, string>();
  const claims: Claims = { classIsOurs: options.classIsOurs, classOf: (namespace, name) => classOf(store, namespace, name) };
  const list = new WorkList<DocumentKey>({
    width: 8,
    perSecond,
    see: async (key, stop) => {
      const document = store.get(key);
      const ours = document === undefined ? undefined : ownStatus(document, claims);
      if (document === undefined || ours === undefined) return;
      if (!options.serves(document.metadata.namespace)) {
        // Whoever has it now says other things; should it come back, they are said anew.
        said.delete(key);
        return;
      }
      const text = `${document.metadata.uid} ${canonicalJson(ours)}`;
      if (said.get(key) === text) return;
      await writeStatus(options.client, { document, ours, signal: stop });
      said.set(key, text);
    },
    failed: (key, error) => log('warn', 'a status cannot be written onto its object; trying again', { document: key, error: error.message }),
  });
  await Promise.all([list.run(signal), follow(store, { list, said, signal })]);
}

interface Following {
  readonly list: WorkList<DocumentKey>;
  readonly said: Map<DocumentKey, string>;
  readonly signal: AbortSignal;
}

/** Everything there is, then what changes; from the beginning where the store has forgotten where we were. */
async function follow(store: StatusObjectsOptions['store'], { list, said, signal }: Following): Promise<void> {
  while (!signal.aborted) {
    const { documents, revision } = store.list();
    for (const document of documents) if (hasStatus(document)) list.add(documentKey(document));
    try {
      for await (const event of store.watch({ since: revision, signal })) {
        if (event.kind === 'bookmark') continue;
        const key = documentKey(event.document);
        if (event.kind === 'delete') said.delete(key);
        else if (hasStatus(event.document)) list.add(key);
        if (event.document.kind === 'Namespace') for (const each of inside(store, event.document.metadata.name)) list.add(each);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WeftError) || !BEHIND.has(error.code)) throw error;
    }
  }
}

/** What may be another control plane's since a namespace changed. */
function inside(store: StatusObjectsOptions['store'], namespace: string): readonly DocumentKey[] {
  return store
    .list()
    .documents.filter((document) => document.metadata.namespace === namespace && hasStatus(document))
    .map(documentKey);
}

const hasStatus = (document: Document): boolean => isMirrored(document) && document.status !== undefined && document.kind !== 'Workload';

function classOf(store: Pick<Store, 'get'>, namespace: string, name: string): string | undefined {
  const className = store.get(makeDocumentKey('gateway.networking.k8s.io', 'Gateway', namespace, name))?.spec['gatewayClassName'];
  return typeof className === 'string' ? className : undefined;
}

interface Writing {
  readonly document: Document;
  readonly ours: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

async function writeStatus(client: StatusObjectsOptions['client'], { document, ours, signal }: Writing): Promise<void> {
  const type = kindOf(document.apiVersion, document.kind);
  if (type === undefined) return;
  const at = nameOf(document);
  const object = await client.get(type, at);
  // It is another one by now, or gone: the mirror tells of it, and then there is another status.
  if (object === undefined || object.metadata.uid !== document.metadata.uid || signal.aborted) return;
  const status = statusToApply(ours, (object['status'] ?? {}) as Readonly<Record<string, unknown>>);
  if (status !== undefined) await applyStatus(client, { type, object, at }, status);
}

/** With the resourceVersion that was read: lists that are one value to the server must not lose what somebody else wrote meanwhile. */
async function applyStatus(
  client: Pick<KubeClient, 'apply'>,
  { type, object, at }: { readonly type: ResourceType; readonly object: KubeObject; readonly at: ObjectName },
  status: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { resourceVersion, uid } = object.metadata;
  const metadata = { ...at, ...(resourceVersion === undefined ? {} : { resourceVersion }), ...(uid === undefined ? {} : { uid }) };
  await client.apply(type, { metadata, status }, { fieldManager: FIELD_MANAGER, force: true, subresource: 'status' });
}

function nameOf({ metadata: { namespace, name } }: Document): ObjectName {
  return namespace === '' ? { name } : { name, namespace };
}
