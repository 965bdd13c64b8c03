// What is wrong with an OIDCPolicy among the other documents.
import type { Diagnostic } from '../../base/index.ts';
import {
  type Change,
  type DocumentKey,
  diagnostic,
  gatewayKey,
  type HttpRoute,
  type Mesh,
  makeDocumentKey,
  originsOf,
  type Policy,
  type PolicyTarget,
  splitDocumentKey,
  TARGET_GROUPS,
} from '../../model/index.ts';
import { OIDC_POLICY, signInPlan } from '../../policy/index.ts';
import { gatewayState } from '../gateway/state.ts';
import { obstaclesOf, signInsWith } from './sign-in.ts';

/** Why nobody can sign in by it. Nothing for other kinds. */
export function signInDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.kind !== OIDC_POLICY) return [];
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  const obstacles = obstaclesOf(mesh, signInPlan(policy)).map(({ code, path, why }) => diagnostic(code, at(path), why));
  return [...obstacles, ...policy.targets.flatMap((target) => [...withoutTls(mesh, target), ...notComingBack(mesh, policy, target)])];
}

function withoutTls(mesh: Mesh, { kind, namespace, name, section, origin }: PolicyTarget): readonly Diagnostic[] {
  if (kind !== 'Gateway') return [];
  const listeners = gatewayState(mesh, gatewayKey(namespace, name))?.listeners ?? [];
  const plain = listeners.filter(({ listener }) => listener.protocol === 'HTTP' && (section === undefined || listener.name === section));
  return plain.slice(0, 1).map(({ listener }) => diagnostic('WEFT2174', origin, `listener "${listener.name}" of Gateway ${name} has no TLS`));
}

/** Of a route: the provider sends browsers back to a path which one of its rules must take. */
function notComingBack(mesh: Mesh, policy: Policy, { kind, namespace, name, section }: PolicyTarget): readonly Diagnostic[] {
  const route = kind === 'HTTPRoute' ? mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name)) : undefined;
  const { redirectPath } = signInPlan(policy);
  const rules = (route?.rules ?? []).filter((rule) => section === undefined || rule.name === section);
  if (rules.length === 0 || rules.some((rule) => takes(rule, redirectPath))) return [];
  const words = `no rule of HTTPRoute ${namespace}/${name}${section === undefined ? '' : ` "${section}"`} takes ${redirectPath}`;
  return [diagnostic('WEFT2177', { ...policy.origin, path: 'spec.redirectPath' }, words)];
}

/** Expressions may take anything: they get the benefit of the doubt. */
function takes({ matches }: HttpRoute['rules'][number], path: string): boolean {
  return matches.some(({ path: match }) => {
    if (match.kind === 'exact') return match.value === path;
    return match.kind !== 'pathPrefix' || path === match.value || path.startsWith(match.value.endsWith('/') ? match.value : `${match.value}/`);
  });
}

/** Policies about which something else may have to be said when a Secret changes, or what a provider has said. */
export function signInNeighbours(mesh: Mesh, { key, kind }: Pick<Change, 'key' | 'kind'>): readonly DocumentKey[] {
  if (kind === 'Secret') return signInsWith(mesh, key).map((policy) => policy.key);
  const { namespace, name } = splitDocumentKey(key);
  return kind === 'DiscoveredProvider' ? [makeDocumentKey('weft.dev', OIDC_POLICY, namespace, name)] : [];
}
