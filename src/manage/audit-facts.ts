// What the audit log says of a request, beside the writes that the store records by itself.
import type { FastifyRequest } from 'fastify';
import type { StatusView } from '../api/index.ts';
import type { AuditFacts } from '../store/index.ts';
import { kubernetesAttributes } from './permission.ts';
import { flag, type KubeTarget, one, type Query } from './request.ts';
import { pathOf, type Session } from './sessions.ts';

const READS = new Set(['GET', 'HEAD']);

function whatOf(target: KubeTarget | undefined, path: string): Pick<AuditFacts, 'what' | 'namespace'> {
  if (target?.kind !== 'resource') return { what: path.slice(0, 200), namespace: '' };
  const { kind, namespace, name = '*', status } = target.resource;
  const group = kind.group === '' ? '' : `${kind.group}/`;
  return { what: `${group}${kind.kind}/${namespace === '' ? '' : `${namespace}/`}${name}${status ? '/status' : ''}`, namespace };
}

/** A look at a Secret, also by what a dry run would answer; undefined for anything else. */
export function secretRead(request: FastifyRequest, target: KubeTarget, who: string): AuditFacts | undefined {
  if (target.kind !== 'resource' || target.resource.kind.kind !== 'Secret') return undefined;
  const query = request.query as Query;
  if (!READS.has(request.method) && one(query, 'dryRun') === undefined) return undefined;
  const verb = READS.has(request.method) ? (flag(query, 'watch') ? 'watch' : target.resource.name === undefined ? 'list' : 'get') : 'dry-run';
  return { who, verb, ...whatOf(target, ''), result: 'read' };
}

/** A write, or the making of a credential, that was refused; undefined for reads and for trials (`dryRun`). */
export function refusedWrite(request: FastifyRequest, { target }: Session, status: StatusView): Omit<AuditFacts, 'who'> | undefined {
  const { permission, audit } = request.routeOptions.config;
  const query = request.query as Query;
  const result = `${status.code} ${status.reason}`;
  if (audit !== undefined) return { verb: audit, ...whatOf(undefined, pathOf(request)), result };
  if (permission?.kind !== 'kubernetes' || READS.has(request.method) || one(query, 'dryRun') !== undefined) return undefined;
  const attributes = target === undefined ? undefined : kubernetesAttributes(target, request.method, query);
  return { verb: attributes?.verb ?? request.method.toLowerCase(), ...whatOf(target, pathOf(request)), result };
}
