// Whom a question is about, said as people say it; and what to say when there is no such thing.
import { byCodeUnit, err, ok, type Result } from '../../base/index.ts';
import {
  externalKey,
  type Mesh,
  nearest,
  plainServiceName,
  type Service,
  type ServiceKey,
  serviceKey,
  servicesOfHost,
  type Workload,
  workloadKey,
  workloadsOfService,
} from '../../model/index.ts';
import { wildcardsAround } from '../plan/external.ts';

export interface Unknown {
  readonly text: string;
  readonly alternatives: readonly string[];
}

/** A workload by its name, or any one of the workloads of a service or a service account. Without a namespace: `default`, or the only one there is. */
export function findCaller(mesh: Mesh, text: string): Result<Workload, Unknown> {
  const direct = mesh.workloads.get(workloadKey(...named(text, 'default')));
  if (direct !== undefined) return ok(direct);
  const service = findByName(mesh.services.keys(), text);
  const served = service === undefined ? undefined : mesh.services.get(service);
  const byService = served === undefined ? [] : workloadsOfService(mesh, served);
  const [first] = [...byService].sort((a, b) => Number(b.proxy !== undefined) - Number(a.proxy !== undefined));
  if (first !== undefined) return ok(first);
  if (served !== undefined) return err({ text: `no workload serves ${served.key}, so nobody calls from there`, alternatives: ['weft get workloads -A'] });
  const key = findByName(mesh.workloads.keys(), text) ?? byAccount(mesh, text);
  const workload = key === undefined ? undefined : mesh.workloads.get(key);
  return workload === undefined ? err(unknown('workload or service', text, [...mesh.workloads.keys(), ...mesh.services.keys()])) : ok(workload);
}

function byAccount(mesh: Mesh, text: string): string | undefined {
  const [namespace, account] = named(text, 'default');
  return [...mesh.workloads.values()]
    .filter((workload) => workload.namespace === namespace && workload.serviceAccount === account)
    .map((workload) => workload.key as string)
    .sort(byCodeUnit)[0];
}

export interface Callee {
  readonly service: Service;
  /** Which of its names was called, when it has several. */
  readonly host: string;
  /** From `name:port`. */
  readonly port: number | undefined;
}

/**
 * A service as an application would call it from `namespace`: `name`, `name.namespace`, `name.namespace.mesh`, `namespace/name`, a cluster's own
 * `name.namespace.svc` and that within the cluster's domain (`name.namespace.svc.cluster.local`); each with `:port`.
 */
export function findCallee(mesh: Mesh, text: string, namespace: string): Result<Callee, Unknown> {
  const plain = text.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(plain) ?? [];
  const key = calleeKey(mesh, host, namespace);
  const service = key === undefined ? undefined : mesh.services.get(key);
  const around =
    service?.external === undefined ? undefined : [host, ...wildcardsAround(host)].find((each) => service.external?.hosts.some((one) => one.host === each));
  if (service !== undefined) return ok({ service, host: around ?? host, port: port === undefined ? undefined : Number(port) });
  return err(
    unknown(
      'service',
      host,
      [...mesh.services.keys()].map((each) => plainServiceName(each as ServiceKey)),
    ),
  );
}

function calleeKey(mesh: Mesh, host: string, namespace: string): string | undefined {
  if (host.includes('/')) {
    const outside = externalKey(host.slice(0, host.indexOf('/')), host.slice(host.indexOf('/') + 1));
    return mesh.services.has(host) || !mesh.services.has(outside) ? host : outside;
  }
  const [outside] = servicesOfHost(mesh, host.toLowerCase());
  if (outside !== undefined) return outside.key;
  const [wide] = wildcardsAround(host.toLowerCase()).flatMap((each) => servicesOfHost(mesh, each));
  if (wide !== undefined) return wide.key;
  const instance = /^([^.]+\.)?([^.]+)\.([^.]+)\.mesh$/.exec(host);
  const whole = serviceKey(instance?.[3] ?? '', instance?.[2] ?? '');
  if (instance?.[1] !== undefined && mesh.services.has(whole)) return whole;
  const [name = '', home = namespace] = host.replace(/\.(mesh|svc)$|(?<=^[^.]+\.[^.]+)\.svc\..*$/, '').split('.');
  const key = serviceKey(home, name);
  return mesh.services.has(key) ? key : findByName(mesh.services.keys(), name);
}

function named(text: string, namespace: string): [string, string] {
  const at = text.indexOf('/');
  return at < 0 ? [namespace, text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The key itself, or the only key of that name. */
function findByName(keys: Iterable<string>, text: string): string | undefined {
  const found: string[] = [];
  for (const key of keys) {
    if (key === text) return key;
    if (!text.includes('/') && key.endsWith(`/${text}`)) found.push(key);
  }
  return found.length === 1 ? found[0] : undefined;
}

function unknown(what: string, text: string, keys: readonly string[]): Unknown {
  const same = keys.filter((key) => key.endsWith(`/${text}`)).sort(byCodeUnit);
  const near =
    same.length > 0
      ? undefined
      : (nearest(text, keys) ??
        nearest(
          text.slice(text.indexOf('/') + 1),
          keys.map((key) => key.slice(key.indexOf('/') + 1)),
        ));
  const several = same.length > 1 ? `: there are ${same.join(', ')}` : '';
  const hint = near === undefined ? several : `; did you mean "${near}"?`;
  return { text: `no ${what} "${text}"${hint}`, alternatives: [what === 'service' ? 'weft get services -A' : 'weft get workloads -A'] };
}
