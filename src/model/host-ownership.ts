// Which namespace may use which host name: what Mesh.spec.hosts says, held against what documents claim.
import type { Diagnostic } from '../base/index.ts';
import { diagnostic } from './diagnostics.ts';
import type { Document } from './entities.ts';
import type { MeshSpec } from './kinds/mesh.ts';
import { originOf } from './place.ts';

export interface HostClaim {
  /** A name, `*.NAME`, or `*` for any. */
  readonly host: string;
  readonly path: string;
}

type HostRules = NonNullable<MeshSpec['hosts']>;
type Owner = HostRules['owners'][number];

const GATEWAY = 'gateway.networking.k8s.io/';
const ROUTES = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute']);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const field = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

/** Whether a parent is a Gateway or ListenerSet of another namespace. */
function isForeignGateway(parent: unknown, own: string): boolean {
  const kind = field(parent, 'kind') ?? 'Gateway';
  const namespace = field(parent, 'namespace') ?? own;
  return (kind === 'Gateway' || kind === 'ListenerSet') && namespace !== own;
}

function texts(value: unknown, path: string): readonly HostClaim[] {
  return list(value).flatMap((host, at) => (typeof host === 'string' ? [{ host: host.toLowerCase(), path: `${path}[${at}]` }] : []));
}

/**
 * The host names that a document would answer for. A route without hostnames takes what its Gateway's listeners have: at one of another
 * namespace that is any name.
 */
export function hostClaims({ apiVersion, kind, metadata, spec }: Document): readonly HostClaim[] {
  if (kind === 'ExternalService') return texts(spec['hosts'], 'spec.hosts');
  if (!apiVersion.startsWith(GATEWAY)) return [];
  if (kind === 'Gateway' || kind === 'ListenerSet')
    return list(spec['listeners']).flatMap((listener, at) => {
      const host = field(listener, 'hostname');
      return typeof host === 'string' && host !== '' ? [{ host: host.toLowerCase(), path: `spec.listeners[${at}].hostname` }] : [];
    });
  if (!ROUTES.has(kind)) return [];
  const named = texts(spec['hostnames'], 'spec.hostnames');
  const foreign = list(spec['parentRefs']).findIndex((parent) => isForeignGateway(parent, metadata.namespace));
  return named.length > 0 || foreign < 0 ? named : [{ host: '*', path: `spec.parentRefs[${foreign}]` }];
}

/** Whether every name of `host` is one of `pattern`. */
function covers(pattern: string, host: string): boolean {
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1)) && host !== pattern.slice(1);
}

interface Rule {
  readonly pattern: string;
  readonly owner: Owner;
}

/** The most particular rule that covers the claim, and all that it would take something from. */
function rulesAbout(host: string, { owners }: HostRules): readonly Rule[] {
  const rules = owners.flatMap((owner) => owner.hosts.map((pattern) => ({ pattern: pattern.toLowerCase(), owner })));
  const covering = rules.filter(({ pattern }) => covers(pattern, host)).sort((a, b) => b.pattern.length - a.pattern.length);
  const taken = rules.filter(({ pattern }) => pattern !== host && covers(host, pattern));
  return [...covering.slice(0, 1), ...taken];
}

function refusal(document: Document, { host, path }: HostClaim, rules: HostRules): Diagnostic | undefined {
  const about = rulesAbout(host, rules);
  const { namespace } = document.metadata;
  const what = host === '*' ? 'any host name' : `the host "${host}"`;
  if (about.length === 0)
    return rules.unowned === 'Anyone'
      ? undefined
      : diagnostic('WEFT2204', originOf(document, path), `${what} belongs to no namespace, so ${namespace} may not use it`);
  const other = about.find(({ owner }) => !owner.namespaces.includes(namespace));
  if (other === undefined) return undefined;
  const owners = other.owner.namespaces.join(', ');
  return diagnostic(
    'WEFT2204',
    originOf(document, path),
    `${what} is not for namespace ${namespace}: "${other.pattern}" belongs to ${owners === '' ? 'nobody' : owners}`,
  );
}

/** What is wrong with the claims of documents; nothing when the mesh says nothing of hosts. */
export function ownershipProblems(documents: readonly Document[], mesh: Document | undefined): readonly Diagnostic[] {
  const rules = mesh === undefined ? undefined : (mesh.spec as unknown as MeshSpec).hosts;
  if (rules === undefined) return [];
  return documents.flatMap((document) => hostClaims(document).flatMap((claim) => refusal(document, claim, rules) ?? []));
}
