import { canonicalJson, type Diagnostic } from '../../base/index.ts';
import {
  byAge,
  type DocumentKey,
  diagnostic,
  gatewayKey,
  type Mesh,
  makeDocumentKey,
  type Policy,
  type PolicyTarget,
  policiesAt,
  policyPlace,
  serviceKey,
  TARGET_GROUPS,
} from '../../model/index.ts';
import { AUTHORIZATION_POLICY, EXTENSION_POLICY, leavesOf, POLICIES, PROXY_PATCH } from '../../policy/index.ts';
import { gatewayState } from '../gateway/state.ts';
import { authorizationDiagnostics } from './authorization-diagnostics.ts';
import { collectorDiagnostics } from './collector-diagnostics.ts';
import { extensionDiagnostics } from './extension-diagnostics.ts';
import { mayCallDiagnostics } from './may-call-diagnostics.ts';
import { mutualTlsDiagnostics } from './mutual-tls-diagnostics.ts';
import { requestDiagnostics } from './request-diagnostics.ts';
import { signInDiagnostics } from './sign-in-diagnostics.ts';
import { siteDiagnostics } from './site-diagnostics.ts';
import { unheardDiagnostics } from './unheard.ts';
import { dryConnections, foreignFields } from './unheard-fields.ts';

const EXTENDING: ReadonlySet<string> = new Set([PROXY_PATCH, EXTENSION_POLICY]);

/** What is wrong with a policy among the other documents: targets that are not there or not its own, others that say something else. */
export function policyDiagnostics(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
  const policy = mesh.policies.get(key);
  if (policy === undefined) return [];
  const own = EXTENDING.has(policy.kind)
    ? extensionDiagnostics(mesh, policy)
    : policy.kind === AUTHORIZATION_POLICY
      ? authorizationDiagnostics(mesh, policy)
      : [];
  const found = policy.targets.flatMap((target) => {
    const missing = missingTarget(mesh, target) ?? (EXTENDING.has(policy.kind) ? undefined : forbiddenTarget(policy, target));
    return missing === undefined ? [...siteDiagnostics(mesh, policy, target), ...rivals(mesh, policy, target)] : [missing];
  });
  return [
    ...own,
    ...found,
    ...unheardDiagnostics(mesh, policy),
    ...foreignFields(policy),
    ...dryConnections(mesh, policy),
    ...mutualTlsDiagnostics(mesh, policy),
    ...requestDiagnostics(mesh, policy),
    ...signInDiagnostics(mesh, policy),
    ...mayCallDiagnostics(mesh, policy),
    ...collectorDiagnostics(mesh, policy),
  ];
}

function missingTarget(mesh: Mesh, target: PolicyTarget): Diagnostic | undefined {
  const { kind, namespace, name, origin } = target;
  // A namespace exists as soon as a document names it, and there is always a mesh.
  if (kind === 'Mesh' || kind === 'Namespace') return undefined;
  if (mesh.documents.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name)) === undefined)
    return diagnostic('WEFT1803', origin, `${kind} ${namespace}/${name} does not exist`);
  return missingSection(mesh, target);
}

function missingSection(mesh: Mesh, { kind, namespace, name, section, origin }: PolicyTarget): Diagnostic | undefined {
  if (section === undefined) return undefined;
  if (kind === 'Service') {
    const ports = mesh.services.get(serviceKey(namespace, name))?.ports ?? [];
    if (ports.some((port) => port.name === section || String(port.port) === section)) return undefined;
    return diagnostic(
      'WEFT1803',
      origin,
      `Service ${namespace}/${name} has no port "${section}"; it has ${ports.map((port) => port.name || port.port).join(', ')}`,
    );
  }
  if (kind === 'Gateway') return missingListener(mesh, { kind, namespace, name, section, origin });
  const rules = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name))?.rules;
  if (rules === undefined || rules.some((rule) => rule.name === section)) return undefined;
  return diagnostic('WEFT1803', origin, `${kind} ${namespace}/${name} has no rule "${section}"; it has ${rules.map((rule) => rule.name).join(', ')}`);
}

function missingListener(mesh: Mesh, { namespace, name, section, origin }: PolicyTarget): Diagnostic | undefined {
  const names = [...new Set(gatewayState(mesh, gatewayKey(namespace, name))?.listeners.map(({ listener }) => listener.name) ?? [])];
  if (names.some((each) => each === section)) return undefined;
  return diagnostic('WEFT1803', origin, `Gateway ${namespace}/${name} has no listener "${section}"; it has ${names.join(', ')}`);
}

/** A consumer may have its own policies about Services (and all Services of a namespace) that it calls; nothing else of others. */
function forbiddenTarget(policy: Policy, { kind, namespace, name, origin }: PolicyTarget): Diagnostic | undefined {
  if (kind === 'Mesh' || kind === 'Namespace' || kind === 'Service' || kind === 'ExternalService' || namespace === policy.namespace) return undefined;
  return diagnostic('WEFT1804', origin, `${kind} ${namespace}/${name} is not in namespace ${policy.namespace}: the policy has no effect on it`);
}

/** Older policies of the same kind and on the same level that say something else: they win. */
function rivals(mesh: Mesh, policy: Policy, target: PolicyTarget): readonly Diagnostic[] {
  const { atomic = [], additive = false, whole = false } = POLICIES.find((each) => each.kind.kind === policy.kind) ?? {};
  if (additive) return [];
  const mine = new Map(leavesOf(policy.spec, atomic));
  const sameLevel = (other: Policy): boolean =>
    other.kind === policy.kind && other.key !== policy.key && byAge(other, policy) < 0 && (target.kind === 'Mesh' || other.namespace === policy.namespace);
  const others = policiesAt(mesh, policyPlace(target.kind, target.namespace, target.name)).filter(
    (other) => sameLevel(other) && other.targets.some((each) => each.kind === target.kind && each.name === target.name && each.section === target.section),
  );
  const [oldest] = others;
  if (whole && oldest !== undefined) {
    const words = `${policy.kind} ${oldest.namespace}/${oldest.name} is for the same and older; it holds as a whole, and this one not at all`;
    return [{ ...diagnostic('WEFT1823', target.origin, words), by: oldest.origin }];
  }
  return others.flatMap((other) =>
    leavesOf(other.spec, atomic).flatMap(([path, value]) => {
      if (!mine.has(path) || canonicalJson(mine.get(path)) === canonicalJson(value)) return [];
      const at = { ...policy.origin, path: `spec.${path}` };
      const by = { ...other.origin, path: `spec.${path}` };
      return [{ ...diagnostic('WEFT1805', at, `${policy.kind} ${other.namespace}/${other.name} is for the same and older; its ${path} holds`), by }];
    }),
  );
}
