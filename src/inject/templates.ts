// Where the pods are in what people write: pods themselves, templates of what makes pods, lists of either.
import type { Diagnostic } from '../base/index.ts';
import { type Injection, inject, type Question, strip } from './inject.ts';
import { fieldsAt, isFields, textAt } from './json.ts';
import { type Operation, patchOf } from './patch.ts';
import { asPod } from './pod.ts';

const TEMPLATE = ['spec', 'template'];
/** By kind. Rollout: Argo's, which has the shape of a Deployment. */
const WHERE: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  PodTemplate: ['template'],
  Deployment: TEMPLATE,
  StatefulSet: TEMPLATE,
  DaemonSet: TEMPLATE,
  ReplicaSet: TEMPLATE,
  ReplicationController: TEMPLATE,
  Rollout: TEMPLATE,
  Job: TEMPLATE,
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

export interface Place {
  /** A JSON pointer to the pod in the object. */
  readonly path: string;
  readonly pod: unknown;
  /** `Deployment web`. */
  readonly what: string;
  readonly namespace: string;
}

const inside = (value: unknown, steps: readonly string[]): unknown => steps.reduce<unknown>((at, step) => (isFields(at) ? at[step] : undefined), value);

/** Every pod and template in an object; `namespace` is that of objects which name none. */
export function podsIn(object: unknown, namespace: string, path = ''): readonly Place[] {
  const kind = textAt(object, 'kind');
  const { items } = isFields(object) ? object : { items: undefined };
  if (kind.endsWith('List') && Array.isArray(items)) return items.flatMap((item: unknown, at) => podsIn(item, namespace, `${path}/items/${at}`));
  const steps = Object.hasOwn(WHERE, kind) ? WHERE[kind] : undefined;
  const pod = steps === undefined ? undefined : inside(object, steps);
  if (steps === undefined || !isFields(pod)) return [];
  const metadata = fieldsAt(object, 'metadata');
  return [{ path: [path, ...steps].join('/'), pod, what: `${kind} ${textAt(metadata, 'name')}`, namespace: textAt(metadata, 'namespace') || namespace }];
}

export interface Outcome {
  readonly what: string;
  readonly namespace: string;
  readonly kind: Injection['kind'] | 'stripped' | 'unchanged';
  readonly why?: string;
  /** Of the object that the pod is in. */
  readonly patch: readonly Operation[];
  readonly diagnostics: readonly Diagnostic[];
}

const within = (path: string, patch: readonly Operation[]): readonly Operation[] =>
  patch.map((operation) => ({ ...operation, path: `${path}${operation.path}` }));

/** A template has no name of its own: what is said of it is said of what it is in. */
function told(place: Place, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const [kind = '', name = ''] = place.what.split(' ');
  const prefix = place.path
    .slice(1)
    .replace(/^items\/\d+\//, '')
    .replaceAll('/', '.');
  return diagnostics.map((each) => ({ ...each, at: { ...each.at, kind, name, path: [prefix, each.at.path].filter((part) => part !== '').join('.') } }));
}

/** Gives every pod in the object its proxy, as somebody asked who may. */
export function injectObject(object: unknown, how: Pick<Question, 'settings'> & { readonly namespace: string }): readonly Outcome[] {
  return podsIn(object, how.namespace).map((place): Outcome => {
    const { what, namespace, path, pod } = place;
    const result = inject({ pod, namespace: { name: namespace, labels: {} }, settings: how.settings, commanded: true });
    const diagnostics = told(place, result.diagnostics);
    if (result.kind === 'refused') return { what, namespace, kind: 'refused', patch: [], diagnostics };
    return { what, namespace, kind: result.kind, ...(result.kind === 'left' ? { why: result.why } : {}), patch: within(path, result.patch), diagnostics };
  });
}

/** Takes away from every pod in the object what was injected. */
export function stripObject(object: unknown, namespace: string): readonly Outcome[] {
  return podsIn(object, namespace).map(({ what, namespace: its, path, pod }): Outcome => {
    const patch = within(path, patchOf(pod, strip(asPod(pod))));
    return { what, namespace: its, kind: patch.length === 0 ? 'unchanged' : 'stripped', patch, diagnostics: [] };
  });
}
