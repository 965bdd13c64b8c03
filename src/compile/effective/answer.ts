// What holds at a service, of every policy kind: each value, where it comes from, and whom it overrides.
import type { Origin } from '../../base/index.ts';
import type { Mesh } from '../../model/index.ts';
import type { EffectiveField, FieldSource } from '../../policy/index.ts';
import { findCallee, findCaller } from '../explain/find.ts';
import { type Acting, type Holding, holdings } from '../plan/policies.ts';
import { calleeSpots, callerSpots, type Spot } from './spots.ts';

export interface EffectiveQuestion {
  /** `shop/checkout`, or as an application calls it. */
  readonly service: string;
  readonly port?: number;
  /** A workload, service or namespace that calls. */
  readonly from?: string;
  /** `NAME`, `NAME/RULE`: only this route or rule. */
  readonly route?: string;
}

export interface ValueSource {
  /** `Service/checkout`, `Mesh default`. */
  readonly words: string;
  readonly origin: Origin;
}

export interface EffectiveValue {
  readonly path: string;
  readonly value: unknown;
  readonly from: ValueSource;
  readonly over: readonly (ValueSource & { readonly value: unknown })[];
  /** Why it has no effect here. */
  readonly ignored?: string;
}

export interface EffectivePolicy {
  readonly kind: string;
  readonly subject: string;
  /** In one line. */
  readonly words?: string;
  readonly values: readonly EffectiveValue[];
}

export interface EffectivePlace {
  readonly title: string;
  readonly policies: readonly EffectivePolicy[];
}

export interface EffectiveAnswer {
  readonly title: string;
  readonly places: readonly EffectivePlace[];
  /** Why there is no answer, and what to do. */
  readonly problem?: { readonly text: string; readonly alternatives: readonly string[] };
}

/** Answers for each port, or the one that was asked for. Total: a name that means nothing gets the nearest one that does. */
export function effectiveOf(mesh: Mesh, question: EffectiveQuestion): EffectiveAnswer {
  const { service: asked, from = '' } = question;
  const consumer = consumerOf(mesh, from);
  if (typeof consumer !== 'string') return { title: asked, places: [], problem: consumer };
  const callee = findCallee(mesh, asked, consumer === '' ? 'default' : consumer);
  if (!callee.ok) return { title: asked, places: [], problem: callee.error };
  const { service } = callee.value;
  const wanted = question.port ?? callee.value.port;
  const ports = service.ports.filter((port) => wanted === undefined || port.port === wanted);
  const title = `${service.key}${from === '' ? '' : ` as ${from} calls it`}`;
  if (ports.length === 0) return { title, places: [], problem: noPort(service.ports, service.key, wanted) };
  const spots = ports.flatMap((port) => [
    ...callerSpots(mesh, { service, port, consumer }).filter((spot) => isAsked(spot, question.route)),
    ...(question.route === undefined ? calleeSpots(mesh, { service, port }) : []),
  ]);
  if (spots.length === 0 && question.route !== undefined)
    return { title, places: [], problem: { text: `no rule ${question.route} decides about ${service.key}`, alternatives: ['weft get httproutes -A'] } };
  return { title, places: merged(spots.map(placeOf)) };
}

type Problem = NonNullable<EffectiveAnswer['problem']>;

const noPort = (ports: readonly { readonly port: number }[], key: string, wanted: number | undefined): Problem => ({
  text: `Service ${key} has no port ${wanted ?? ''}`,
  alternatives: [`it has ${ports.map((each) => each.port).join(', ')}`],
});

/** The namespace of whoever calls; '' when nobody in particular does. */
function consumerOf(mesh: Mesh, from: string): string | Problem {
  if (from === '') return '';
  const caller = findCaller(mesh, from);
  if (caller.ok) return caller.value.namespace;
  const [namespace = ''] = from.split('/');
  const known = [...mesh.services.keys(), ...mesh.workloads.keys()].some((key) => key.startsWith(`${namespace}/`));
  return known || mesh.documents.has(`Namespace//${namespace}`) ? namespace : caller.error;
}

/** Only rules have names to ask for. */
function isAsked({ rule }: Spot, route: string | undefined): boolean {
  if (route === undefined) return true;
  if (rule === undefined) return false;
  const [name, wanted] = route.split('/');
  return rule.origin.name === name && (wanted === undefined || wanted === rule.name);
}

function placeOf({ words, acting }: Spot): EffectivePlace {
  return { title: words, policies: holdings(acting).flatMap((holding) => policyOf(holding, acting) ?? []) };
}

function policyOf({ definition, effective }: Holding, { site }: Acting): EffectivePolicy | undefined {
  if (effective.fields.size === 0) return undefined;
  const words = definition.words(effective, site);
  const values = [...effective.fields.values()].map((field) => valueFrom(field, definition.ignored(field.path, site)));
  return { kind: definition.kind.kind, subject: definition.subject, ...(words === undefined ? {} : { words: words.value }), values };
}

const sourceOf = ({ words, origin }: FieldSource): ValueSource => ({ words, origin });

function valueFrom({ path, value, from, over }: EffectiveField, ignored: string | undefined): EffectiveValue {
  const others = over.map((each) => ({ ...sourceOf(each), value: each.value }));
  return { path, value, from: sourceOf(from), over: others, ...(ignored === undefined ? {} : { ignored }) };
}

/** Places where no policy kind acts are left out; workloads at which the same holds are said once. */
function merged(places: readonly EffectivePlace[]): readonly EffectivePlace[] {
  const seen = new Map<string, EffectivePlace>();
  for (const place of places) {
    if (place.policies.length === 0) continue;
    const id = JSON.stringify(place.policies);
    const before = seen.get(id);
    seen.set(id, before === undefined ? place : { ...before, title: `${before.title}, ${place.title}` });
  }
  return [...seen.values()];
}
