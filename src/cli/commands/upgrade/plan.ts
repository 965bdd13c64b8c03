// Manifests against what is in the cluster: the API server itself says what each would become (server-side apply, dry run), so defaults,
// and what others own, are no differences.
import { stringify } from 'yaml';
import { WeftError } from '../../../base/index.ts';
import { type Manifest, resourceOf } from '../../../install/index.ts';
import { httpOf, type KubeClient, type KubeObject } from '../../../kube/index.ts';
import type { Invocation } from '../../command.ts';
import { unifiedDiff } from '../../text/diff.ts';

type Fields = Readonly<Record<string, unknown>>;
type Paint = Invocation['paint'];

export interface Change {
  /** `refused`: the server would not take it, in its own words. */
  readonly kind: 'create' | 'change' | 'same' | 'refused';
  /** `Deployment weft-system/weft`. */
  readonly name: string;
  readonly diff: (paint: Paint) => string;
}

/** As kubectl keeps what it applied last. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const OF_THE_SERVER = ['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'];

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object without what servers and controllers write. */
function content(object: KubeObject): Fields {
  const { status: _, metadata, ...rest } = object;
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_THE_SERVER.includes(key)));
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== LAST_APPLIED && !key.startsWith('deployment.kubernetes.io/')),
  );
  const { annotations: _all, ...named } = own as Fields;
  return { ...rest, metadata: { ...named, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) } };
}

/** `becomes` without what was applied before and is not any more: `kubectl apply` takes that out, which another manager's apply does not. */
function withoutGone(becomes: unknown, before: unknown, now: unknown): unknown {
  if (!isFields(becomes) || !isFields(before) || !isFields(now)) return becomes;
  const kept = Object.entries(becomes).map(([key, value]) => [key, key in before ? remaining(value, before[key], now[key]) : value] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** Of a map that is not said any more, what others have put there; undefined when that is nothing. */
function remaining(becomes: unknown, before: unknown, now: unknown): unknown {
  if (now !== undefined) return withoutGone(becomes, before, now);
  const rest = isFields(becomes) && isFields(before) ? (withoutGone(becomes, before, {}) as Fields) : {};
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function lastApplied(object: KubeObject): unknown {
  try {
    return JSON.parse(object.metadata.annotations?.[LAST_APPLIED] ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}

/** Keys in one order, so that only values differ. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

const yaml = (value: unknown): string => stringify(sorted(value), { lineWidth: 0, aliasDuplicateObjects: false });

async function changeOf(client: KubeClient, manifest: Manifest): Promise<Change> {
  const { kind, metadata } = manifest;
  const name = `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
  const type = resourceOf(manifest);
  const live = await client.get(type, metadata);
  if (live === undefined) return { kind: 'create', name, diff: () => '' };
  try {
    const becomes = await client.apply(type, manifest, { fieldManager: 'weft-upgrade-plan', force: true, dryRun: true });
    const before = yaml(content(live));
    const after = yaml(withoutGone(content(becomes), lastApplied(live), manifest));
    const diff = (paint: Paint): string => unifiedDiff({ before: { label: 'in the cluster', text: before }, after: { label: 'after', text: after }, paint });
    return { kind: before === after ? 'same' : 'change', name, diff };
  } catch (error) {
    if (!(error instanceof WeftError) || httpOf(error) === 0) throw error;
    return { kind: 'refused', name, diff: () => `  ${error.message}\n` };
  }
}

const AT_ONCE = 8;

/** What applying these would do, in their order. Nothing is changed. Throws WeftError when the server is away. */
export async function planOf(client: KubeClient, all: readonly Manifest[]): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    changes.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map((each) => changeOf(client, each)))));
  return changes;
}
