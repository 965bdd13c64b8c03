// From a mesh and a subject to what holds there, and to what that adds. Kept by identity: the same documents give the very same values,
// so that what is planned and encoded of them is kept too.
import type { Origin } from '../base/index.ts';
import type { HttpRoute, Mesh, Protocol, RouteRule } from '../model/index.ts';
import { originsOf, serviceKey } from '../model/index.ts';
import { type Attachment, attachments, SERVICE_LEVEL, type Subject } from './attach.ts';
import type { Contribution } from './contribution.ts';
import { type Effective, type EffectiveField, type Layer, merge } from './effective.ts';
import { POLICIES } from './list.ts';
import { actsAt, type GivenLayer, type PolicyDefinition, type Site } from './policy.ts';

/** The rule a request takes, for what its own document says about the same things as a policy. */
export interface InlineRule {
  readonly route: HttpRoute;
  readonly rule: RouteRule;
}

export interface Question {
  readonly definition: PolicyDefinition;
  readonly subject: Subject;
  readonly protocol: Protocol;
  readonly inline?: InlineRule;
  /** What the kept values belong to, and die with: an entity that lives as long as its document does. */
  readonly owner: object;
}

interface Kept {
  readonly parts: readonly unknown[];
  readonly effective: Effective;
}

const KEPT = new WeakMap<object, Map<string, Kept>>();

/** What holds for a subject of one policy kind. */
export function effectiveAt(mesh: Mesh, question: Question): Effective {
  const { definition, subject, protocol, inline, owner } = question;
  const found = attachments(mesh, definition.kind.kind, subject).filter((each) => definition.hears(each, subject));
  const given = definition.defaults(mesh.config, protocol, subject.service?.kind === 'ExternalService');
  const own = inline === undefined ? undefined : inlineLayer(mesh, definition, inline);
  const ofService = serviceLayer(mesh, definition, subject);
  if (found.length === 0 && own === undefined && ofService === undefined) return bare(given, definition);
  const parts = [mesh.config, protocol, inline?.rule, ofService, ...found.flatMap((each) => [each.policy, each.level])];
  const kept = KEPT.get(owner) ?? new Map<string, Kept>();
  const key = `${definition.kind.kind} ${subjectKey(subject)}`;
  const known = kept.get(key);
  if (known !== undefined && known.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.effective;
  if (definition.union) {
    const effective = unionOf(mesh, found);
    KEPT.set(owner, kept.set(key, { parts, effective }));
    return effective;
  }
  const heard = definition.whole ? found.slice(-1) : found;
  const general = heard.filter((each) => each.level < SERVICE_LEVEL).map((each) => layerOf(mesh, each));
  const specific = heard.filter((each) => each.level >= SERVICE_LEVEL).map((each) => layerOf(mesh, each));
  const between = ofService === undefined ? [] : [layerOfGiven(ofService)];
  const effective = merge([...given.map(layerOfGiven), ...general, ...between, ...specific, ...(own === undefined ? [] : [own])], definition.atomic);
  KEPT.set(owner, kept.set(key, { parts, effective }));
  return effective;
}

/** Documents beside each other: one field for each, called by its name. */
function unionOf(mesh: Mesh, found: readonly Attachment[]): Effective {
  const fields = found.map((each): readonly [string, EffectiveField] => {
    const { policy } = each;
    const path = `${policy.namespace}/${policy.name}`;
    return [path, { path, value: policy.spec, from: layerOf(mesh, each).sourceOf(''), over: [] }];
  });
  return { spec: {}, fields: new Map(fields), policies: [...new Set(found.map(({ policy }) => policy))] };
}

const JOINED = new WeakMap<Effective, { readonly parts: readonly Effective[]; readonly joined: Effective }>();

/** What holds of a union kind for several subjects at once; the same object for the same parts. */
export function joinedEffective(parts: readonly [Effective, ...Effective[]]): Effective {
  const [first] = parts;
  const known = JOINED.get(first);
  if (known !== undefined && known.parts.length === parts.length && known.parts.every((part, at) => part === parts[at])) return known.joined;
  const fields = new Map(parts.flatMap((part) => [...part.fields]));
  const joined = { spec: {}, fields, policies: [...new Set(parts.flatMap((part) => part.policies))] };
  JOINED.set(first, { parts, joined });
  return joined;
}

/** What the called Service's own document says. */
function serviceLayer(mesh: Mesh, definition: PolicyDefinition, { service }: Subject): GivenLayer | undefined {
  const found = service?.kind === 'Service' ? mesh.services.get(serviceKey(service.namespace, service.name)) : undefined;
  return found === undefined ? undefined : definition.ofService(found);
}

const BARE = new WeakMap<readonly GivenLayer[], Map<PolicyDefinition, Effective>>();

/** What holds where no document says anything: one value for the whole mesh. */
function bare(given: readonly GivenLayer[], definition: PolicyDefinition): Effective {
  const kept = BARE.get(given) ?? new Map<PolicyDefinition, Effective>();
  const known = kept.get(definition);
  if (known !== undefined) return known;
  const effective = merge(given.map(layerOfGiven), definition.atomic);
  BARE.set(given, kept.set(definition, effective));
  return effective;
}

function subjectKey({ service, gateway, route, workload, consumer }: Subject): string {
  return [
    service?.port,
    gateway?.namespace,
    gateway?.name,
    gateway?.listener,
    route?.name,
    route?.rule,
    workload === undefined ? '' : 'workload',
    consumer,
  ].join(' ');
}

function layerOfGiven({ spec, originOf, words }: GivenLayer): Layer {
  return { spec, sourceOf: (path) => ({ origin: originOf(path), words }) };
}

function layerOf(mesh: Mesh, { policy, words }: Attachment): Layer {
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  return { spec: policy.spec, policy, sourceOf: (path) => ({ origin: at(path === '' ? 'spec' : `spec.${path}`), words, policy }) };
}

function inlineLayer(mesh: Mesh, definition: PolicyDefinition, { route, rule }: InlineRule): Layer | undefined {
  const document = mesh.documents.get(route.key);
  const at = document === undefined ? (path: string) => ({ ...route.origin, path }) : originsOf(document);
  const given = definition.inline(route, rule, at);
  return given === undefined ? undefined : layerOfGiven(given);
}

/** What tells sites of a `perSite` kind apart. */
function placeOf({ name, trustDomain = '', via = [] }: Site): string {
  return [name, trustDomain, ...via].join(' ');
}

const COMPILED = new WeakMap<Effective, Map<string, readonly Contribution[]>>();

/** What a policy kind adds at a site, given what holds there. Pure, and kept with `effective`. */
export function compileAt(definition: PolicyDefinition, effective: Effective, site: Site): readonly Contribution[] {
  const kept = COMPILED.get(effective) ?? new Map<string, readonly Contribution[]>();
  const key = `${definition.kind.kind} ${site.kind} ${site.side} ${site.protocol} ${site.outside === true ? 'outside' : ''} ${definition.perSite ? placeOf(site) : ''}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const added = definition.compile(effective, site);
  const origins = added.length === 0 ? [] : definition.additive ? added.flatMap(namedBy) : effective.policies.map(({ origin }) => origin);
  const behind = origins.map((origin) => ({ kind: 'document', origin }) as const);
  const contributions = [...added, ...behind];
  COMPILED.set(effective, kept.set(key, contributions));
  return contributions;
}

/** Of documents that add to each other not all that hold do something everywhere: those that did are named by what they added. */
function namedBy(contribution: Contribution): readonly Origin[] {
  if ('origins' in contribution && contribution.origins !== undefined) return contribution.origins;
  return 'origin' in contribution ? [contribution.origin] : [];
}

/** The policy kinds that act at such a site, in the order of the list. */
export function policiesFor(site: Pick<Site, 'kind' | 'side'>): readonly PolicyDefinition[] {
  return POLICIES.filter((definition) => actsAt(definition, site));
}
