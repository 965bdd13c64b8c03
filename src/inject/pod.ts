// A pod, or the template of one, as somebody wrote it.
import type { Origin } from '../base/index.ts';
import { type Fields, fieldsAt, isFields, listAt, NO_FIELDS, numberAt, textAt, textsAt, withField } from './json.ts';

export interface Pod extends Fields {
  readonly metadata?: Fields;
  readonly spec?: Fields;
}

export const asPod = (value: unknown): Pod => (isFields(value) ? value : NO_FIELDS);

export const annotationsOf = (pod: Pod): Readonly<Record<string, string>> => textsAt(pod.metadata, 'annotations');
export const labelsOf = (pod: Pod): Readonly<Record<string, string>> => textsAt(pod.metadata, 'labels');
export const containersOf = (pod: Pod): readonly Fields[] => listAt(pod.spec, 'containers');
export const initContainersOf = (pod: Pod): readonly Fields[] => listAt(pod.spec, 'initContainers');
export const volumesOf = (pod: Pod): readonly Fields[] => listAt(pod.spec, 'volumes');

/** A sidecar of Kubernetes' own (KEP-753): an init container that goes on. */
export const isSidecar = (container: Fields): boolean => textAt(container, 'restartPolicy') === 'Always';

/** Containers that run while the pod serves, with where they stand. */
export function runningOf(pod: Pod): readonly { readonly container: Fields; readonly path: string }[] {
  return [
    ...initContainersOf(pod).flatMap((container, at) => (isSidecar(container) ? [{ container, path: `spec.initContainers[${at}]` }] : [])),
    ...containersOf(pod).map((container, at) => ({ container, path: `spec.containers[${at}]` })),
  ];
}

/** A pod that a ReplicaSet makes has no name yet, only the beginning of one. */
export function originOf(pod: Pod, namespace: string, path: string): Origin {
  const generated = textAt(pod.metadata, 'generateName');
  return { kind: 'Pod', namespace, name: textAt(pod.metadata, 'name') || (generated === '' ? '' : `${generated}…`), path };
}

export const portsOf = (container: Fields): readonly Fields[] => listAt(container, 'ports');

/** The user that a container runs as, where it is said: its own, or the pod's. */
export function userOf(pod: Pod, container: Fields): number | undefined {
  return numberAt(fieldsAt(container, 'securityContext'), 'runAsUser') ?? numberAt(fieldsAt(pod.spec, 'securityContext'), 'runAsUser');
}

export const withSpec = (pod: Pod, name: string, value: unknown): Pod => ({ ...pod, spec: withField(pod.spec ?? NO_FIELDS, name, value) });

/** Annotations set, or taken away where the value is undefined; none at all are no field. */
export function withAnnotations(pod: Pod, changes: Readonly<Record<string, string | undefined>>): Pod {
  const before = fieldsAt(pod.metadata, 'annotations');
  const after = Object.entries(changes).reduce((all, [name, value]) => withField(all, name, value), before);
  if (after === before) return pod;
  return { ...pod, metadata: withField(pod.metadata ?? NO_FIELDS, 'annotations', Object.keys(after).length === 0 ? undefined : after) };
}

/** A list of the spec with each item changed; the same pod where none does. */
export function mapList(pod: Pod, list: 'containers' | 'initContainers', change: (item: Fields) => Fields): Pod {
  const before = listAt(pod.spec, list);
  const after = before.map(change);
  return after.every((item, at) => item === before[at]) ? pod : withSpec(pod, list, after);
}
