// What was done to a pod, in an annotation of it: for people who wonder, and for whoever does it again or takes it back.
import { type Fields, fieldsAt, isFields } from './json.ts';
import { INJECTED } from './names.ts';
import { annotationsOf, type Pod } from './pod.ts';

/** What a pod had before. */
export interface Before {
  /** Handlers of probes and hooks, by `container/livenessProbe`, `container/postStart`. */
  readonly handlers: Readonly<Record<string, Fields>>;
  /** terminationGracePeriodSeconds, where it was made longer; null: it said none. */
  readonly grace?: number | null;
  /** Containers that were given a preStop. */
  readonly slept: readonly string[];
  /** Secrets for images that were added. */
  readonly pulls?: readonly string[];
}

export const NOTHING_BEFORE: Before = { handlers: {}, slept: [] };

export interface Injected {
  readonly version: string;
  readonly revision: string;
  readonly before: Before;
}

export function recordText({ version, revision, before }: Injected): string {
  const { handlers, grace, slept, pulls = [] } = before;
  return JSON.stringify({
    version,
    ...(revision === '' ? {} : { revision }),
    before: {
      ...(Object.keys(handlers).length === 0 ? {} : { handlers }),
      ...(grace === undefined ? {} : { grace }),
      ...(slept.length === 0 ? {} : { slept }),
      ...(pulls.length === 0 ? {} : { pulls }),
    },
  });
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []);

/** Undefined of a pod to which nothing was done. What stands there may be anybody's: it can say no more than what its author could have written at once. */
export function recordOf(pod: Pod): Injected | undefined {
  const text = annotationsOf(pod)[INJECTED];
  const value = text === undefined ? undefined : parsed(text);
  if (value === undefined) return undefined;
  const before = fieldsAt(value, 'before');
  const { version, revision } = value;
  const { grace, slept, pulls } = before;
  const handlers = Object.entries(fieldsAt(before, 'handlers')).filter((entry): entry is [string, Fields] => isFields(entry[1]));
  return {
    version: typeof version === 'string' ? version : '',
    revision: typeof revision === 'string' ? revision : '',
    before: {
      handlers: Object.fromEntries(handlers),
      ...(typeof grace === 'number' || grace === null ? { grace } : {}),
      slept: textsIn(slept),
      ...(Array.isArray(pulls) ? { pulls: textsIn(pulls) } : {}),
    },
  };
}
