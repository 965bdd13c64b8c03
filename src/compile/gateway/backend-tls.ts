// BackendTLSPolicy: how to speak TLS to servers outside the mesh. Inside, mutual TLS holds whatever anybody writes.
import type { Diagnostic, Origin } from '../../base/index.ts';
import {
  type BackendTls,
  backendTlsOf,
  type Change,
  diagnostic,
  type ExternalTls,
  externalKey,
  type Mesh,
  referrersOf,
  type Service,
  type ServiceKey,
  type ServicePort,
  serviceKey,
  splitServiceKey,
  workloadsOfService,
} from '../../model/index.ts';
import { trustAt } from './client-trust.ts';

/** No certificate has this name: what cannot be verified is not connected to (Gateway API: such connections must fail). */
const NOBODY = 'nobody.invalid';

type Target = BackendTls['targets'][number];

const fits = (target: Target, { name }: { readonly name: string }, port: Pick<ServicePort, 'name'>): boolean =>
  target.name === name && (target.section === '' || target.section === port.name);

/** The policy that holds for a port of something outside: one for the port before one for the whole, then the older. */
function policyFor(mesh: Mesh, service: Service, port: Pick<ServicePort, 'name'>): BackendTls | undefined {
  const { kind, namespace, name } = splitServiceKey(service.key);
  const all = backendTlsOf(mesh, { kind, namespace, name });
  const named = (section: (text: string) => boolean): BackendTls | undefined =>
    all.find(({ targets }) => targets.some((target) => target.kind === kind && fits(target, { name }, port) && section(target.section)));
  return named((section) => section !== '') ?? named(() => true);
}

/** How to speak TLS to a port of something outside, when a policy says so. */
export function backendTlsFor(mesh: Mesh, service: Service, port: ServicePort): { readonly tls: ExternalTls; readonly origin: Origin } | undefined {
  const policy = policyFor(mesh, service, port);
  if (policy === undefined) return undefined;
  const { sources } = trustAt(mesh, policy.authorities, { kind: 'BackendTLSPolicy', namespace: policy.namespace });
  const names = policy.names.map(({ value }) => value);
  const trusted = policy.system || sources.length > 0;
  const caPem = sources.map(({ pem }) => `${pem.trim()}\n`).join('');
  return { tls: { sni: policy.hostname, caPem, names: trusted ? names : [NOBODY] }, origin: policy.origin };
}

/** Services whose connections a change of such a policy, or of what it refers to, touches. */
export function backendTlsTouched(before: Mesh, after: Mesh, { key, kind }: Change): readonly ServiceKey[] {
  if (kind !== 'BackendTLSPolicy' && kind !== 'ConfigMap' && kind !== 'Secret') return [];
  return [before, after].flatMap((mesh) => {
    const policies = kind === 'BackendTLSPolicy' ? [key] : referrersOf(mesh, key);
    return policies.flatMap((each) => mesh.backendTls.get(each) ?? []).flatMap(servicesNamed);
  });
}

function servicesNamed({ namespace, targets }: BackendTls): readonly ServiceKey[] {
  return targets.map(({ kind, name }) => (kind === 'Service' ? serviceKey(namespace, name) : externalKey(namespace, name)));
}

/** Against a BackendTLSPolicy: targets that do not exist or where it has no effect, and authorities that cannot be used. */
export function backendTlsDiagnostics(mesh: Mesh, policy: BackendTls): readonly Diagnostic[] {
  const { problems } = trustAt(mesh, policy.authorities, { kind: 'BackendTLSPolicy', namespace: policy.namespace });
  const refs = problems.map(({ ref, message }) => diagnostic('WEFT1610', ref.origin, message));
  return [...policy.targets.flatMap((target) => targetDiagnostics(mesh, policy, target)), ...refs];
}

function targetDiagnostics(mesh: Mesh, policy: BackendTls, target: Target): readonly Diagnostic[] {
  const { kind, name, section, origin } = target;
  const [key] = servicesNamed({ ...policy, targets: [target] });
  const service = key === undefined ? undefined : mesh.services.get(key);
  const say = (message: string, hint?: string): readonly Diagnostic[] => [diagnostic('WEFT1616', origin, message, hint)];
  if (service === undefined) return say(`${kind} ${policy.namespace}/${name} does not exist`);
  if (service.external === undefined && !workloadsOfService(mesh, service).some(({ plaintext }) => plaintext === true))
    return say(
      `it has no effect on Service ${service.key}: its workloads are reached with the mutual TLS of the mesh`,
      'for a server that is no part of the mesh write an ExternalService, and target that',
    );
  const ports = service.ports.filter((port) => section === '' || port.name === section);
  if (ports.length === 0) return say(`${kind} ${policy.namespace}/${name} has no port named "${section}"`);
  const winner = ports.map((port) => policyFor(mesh, service, port)).find((each) => each !== undefined && each.key !== policy.key);
  return winner === undefined ? [] : say(`BackendTLSPolicy ${winner.namespace}/${winner.name} is for the same target and is older or more specific; it counts`);
}
