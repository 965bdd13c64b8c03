import type { Origin } from '../base/index.ts';
import type { HttpRoute, KindDefinition, MeshConfig, Policy, Protocol, RouteRule, Service, TargetKind } from '../model/index.ts';
import type { Attachment, Subject } from './attach.ts';
import type { Contribution } from './contribution.ts';
import type { Effective } from './effective.ts';
import { plainWords, subjectOf } from './words.ts';

/** Where a policy acts: a route of a table, or a cluster; on the caller's side, at a gateway, or where requests arrive. */
export interface Site {
  readonly kind: 'route' | 'cluster';
  readonly side: 'outbound' | 'gateway' | 'inbound';
  readonly protocol: Protocol;
  /** A stable name of what it is about: `checkout.shop.mesh:80`, `inbound:8080`. */
  readonly name: string;
  /** The servers stand outside the mesh: no proxy of ours is there. */
  readonly outside?: boolean;
  /** All its hosts are wildcards: a server is looked up for every name that is called, and there is nothing to choose among. */
  readonly wildcard?: boolean;
  /** The mesh's own, where requests arrive or enter. */
  readonly trustDomain?: string;
  /** Identities that pass on what others ask, so that who they are says nothing of who asks: those of a fallback. Sorted. */
  readonly via?: readonly string[];
}

/** A part of a policy's spec with the place it comes from: a layer below or above the documents of the kind. */
export interface GivenLayer {
  readonly spec: Readonly<Record<string, unknown>>;
  /** Where a field of it stands. */
  readonly originOf: (path: string) => Origin;
  /** How people call it: `Mesh default`, `built-in default`, `HTTPRoute rule`. */
  readonly words: string;
}

/** One line about what holds, for people. */
export interface PolicyWords {
  /** `2s`, `2 on connect-failure, reset`. */
  readonly value: string;
  /** What else there is to say. */
  readonly note?: string;
  /** The field that decides: its place is shown. */
  readonly path: string;
}

export interface PolicyDefinition {
  readonly kind: KindDefinition;
  /** What the line of explain is called: `timeout`. */
  readonly subject: string;
  readonly targets: readonly TargetKind[];
  /** Where it acts; elsewhere it is never asked. */
  readonly sites: readonly Pick<Site, 'kind' | 'side'>[];
  /** Maps that are taken as a whole, by path; all others are merged field by field, and lists are always taken as a whole. */
  readonly atomic: readonly string[];
  /** The most specific document holds as a whole, and is not mixed with others. */
  readonly whole: boolean;
  /** What holds when no document says anything, with every field written out that matters. The same object for the same input. */
  readonly defaults: (config: MeshConfig, protocol: Protocol, outside: boolean) => readonly GivenLayer[];
  /** What a Service's own document says about the same: over policies of its namespace, under those that name it. The same object for the same service. */
  readonly ofService: (service: Service) => GivenLayer | undefined;
  /** What a route's own rule says about the same; it is more specific than any policy. */
  readonly inline: (route: HttpRoute, rule: RouteRule, originOf: (path: string) => Origin) => GivenLayer | undefined;
  /** Why a field has no effect at a site (`port speaks TCP`), or undefined when it has. `path` as in the spec, '' = the whole policy. */
  readonly ignored: (path: string, site: Site) => string | undefined;
  /** Whether what it adds depends on the name of the site (token buckets do); otherwise sites share it. */
  readonly perSite: boolean;
  /** Whether a document that is about a subject is heard there: some kinds act in front of an application unless a Gateway or a route is named. */
  readonly hears: (attachment: Attachment, subject: Subject) => boolean;
  /** Documents of this kind add to each other where they meet, instead of overriding each other field by field. */
  readonly additive: boolean;
  /**
   * Of an additive kind: all documents that hold at a place count, whichever Service leads there, and none overrides another. What holds is then
   * one field for each document, called by its name.
   */
  readonly union: boolean;
  /** What it adds. Pure; depends on nothing but its arguments. */
  readonly compile: (effective: Effective, site: Site) => readonly Contribution[];
  /**
   * What holds in one line, or undefined when there is nothing to say. `method` of the request, where one is explained. Without it the
   * fields that somebody wrote are listed with their values.
   */
  readonly words: (effective: Effective, site: Site, method?: string) => PolicyWords | undefined;
}

const NOTHING: readonly GivenLayer[] = [];

/** Completes a definition: without `defaults`, `inline`, `ignored` there are none. */
export function definePolicy(options: Pick<PolicyDefinition, 'kind' | 'targets' | 'sites' | 'compile'> & Partial<PolicyDefinition>): PolicyDefinition {
  const subject = subjectOf(options.kind.kind);
  return {
    subject,
    atomic: [],
    perSite: false,
    hears: () => true,
    additive: false,
    union: false,
    whole: false,
    defaults: () => NOTHING,
    ofService: () => undefined,
    inline: () => undefined,
    ignored: () => undefined,
    words: (effective) => plainWords(effective),
    ...options,
  };
}

/** Whether a policy acts at a site at all. */
export function actsAt(definition: PolicyDefinition, site: Pick<Site, 'kind' | 'side'>): boolean {
  return definition.sites.some((each) => each.kind === site.kind && each.side === site.side);
}

/** The document of a policy and what it says here. */
export type { Policy };
