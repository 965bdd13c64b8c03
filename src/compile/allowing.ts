// The rule that allows one call and nothing else: for `weft authz allow`.
import type { Mesh, Service } from '../model/index.ts';
import { spiffeId, splitServiceKey, workloadsOfService } from '../model/index.ts';
import { contributionOf, policyAllowing } from '../policy/index.ts';
import { findCallee, findCaller, type Unknown } from './explain/find.ts';
import { splitTarget } from './explain/normalize-path.ts';
import { targetOf } from './plan/endpoints.ts';
import { inboundActing } from './plan/policies.ts';

export interface AllowQuestion {
  /** A workload or service, or `namespace/account` of a caller that is yet to come. */
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  /** Without them any method, any path. */
  readonly method?: string;
  readonly path?: string;
  /** Namespace in which short names are looked for. */
  readonly namespace: string;
}

export interface Allowing {
  readonly document: ReturnType<typeof policyAllowing>;
  /** No ALLOW policy is enforced there yet: with the first one, everything else is denied. */
  readonly first: boolean;
}

/** The document, named after the two: applied again for another path it would replace the first, so the caller joins their rules. */
export function allowing(mesh: Mesh, question: AllowQuestion): Allowing | Unknown {
  const callee = findCallee(mesh, question.to, question.namespace);
  if (!callee.ok) return callee.error;
  const { service } = callee.value;
  const wanted = question.port ?? callee.value.port;
  const port = service.ports.find((each) => wanted === undefined || each.port === wanted);
  if (port === undefined)
    return { text: `Service ${service.key} has no port ${wanted ?? ''}`, alternatives: [`it has ${service.ports.map((each) => each.port).join(', ')}`] };
  const caller = accountOf(mesh, question);
  if ('text' in caller) return caller;
  const target = applicationPort(mesh, service, port.port);
  const bytes = port.protocol === 'tcp';
  const { trustDomain } = mesh.config;
  const observed = {
    principal: spiffeId(trustDomain, caller.namespace, caller.account),
    method: bytes ? '' : (question.method ?? '*'),
    path: question.path === undefined ? '' : splitTarget(question.path).path,
    port: target,
  };
  const { namespace, name } = splitServiceKey(service.key);
  const document = policyAllowing([observed], { namespace, name: `${name}-from-${caller.namespace}-${caller.account}`, service: name, trustDomain });
  return { document: anyOf(document, question, bytes), first: !hasAllow(mesh, service, port.port) };
}

/** What was not asked for is not written. */
function anyOf(document: Allowing['document'], { method, path }: AllowQuestion, bytes: boolean): Allowing['document'] {
  if (bytes || (method !== undefined && path !== undefined)) return document;
  const rules = (document.spec.rules ?? []).map((rule) => ({
    ...rule,
    to: (rule.to ?? []).map(({ operation }) => {
      const { methods, paths, ...rest } = operation;
      return { operation: { ...rest, ...(method === undefined ? {} : { methods }), ...(path === undefined ? {} : { paths }) } };
    }),
  }));
  return { ...document, spec: { ...document.spec, rules } };
}

function accountOf(mesh: Mesh, { from, namespace }: AllowQuestion): { readonly namespace: string; readonly account: string } | Unknown {
  const caller = findCaller(mesh, from.includes('/') || namespace === 'default' ? from : `${namespace}/${from}`);
  if (caller.ok) return { namespace: caller.value.namespace, account: caller.value.serviceAccount };
  const [home = '', account, ...rest] = from.split('/');
  const name = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
  return account !== undefined && rest.length === 0 && name.test(home) && name.test(account) ? { namespace: home, account } : caller.error;
}

function applicationPort(mesh: Mesh, service: Service, port: number): number {
  const called = service.ports.find((each) => each.port === port);
  const workload = workloadsOfService(mesh, service)[0];
  const target = workload === undefined || called === undefined ? undefined : targetOf(workload, called)?.port;
  return target ?? (typeof called?.targetPort === 'number' ? called.targetPort : port);
}

function hasAllow(mesh: Mesh, service: Service, port: number): boolean {
  const called = service.ports.find((each) => each.port === port);
  return workloadsOfService(mesh, service).some((workload) => {
    const target = called === undefined ? undefined : targetOf(workload, called);
    if (called === undefined || target === undefined) return false;
    const { contributions } = inboundActing(mesh, { workload, port: target.port, protocol: called.protocol, kind: 'route' });
    return (contributionOf(contributions, 'authorization')?.plan.allow.policies.length ?? 0) > 0;
  });
}
