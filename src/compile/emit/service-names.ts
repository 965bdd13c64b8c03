// Names of a cluster's Services, answered in the pod beside the cluster's own name server (pod/name-rules.ts): what is not in this table is not answered here at all.
import { byCodeUnit } from '../../base/index.ts';
import type { ListenerSchema, MessageInitShape } from '../../envoy/index.ts';
import type { NamePlan, OutboundPlan } from '../plan.ts';
import { SERVICE_NAMES_PORT } from '../pod/ports.ts';
import { nameServer, virtualDomain } from './dns.ts';

/** Envoy puts no more into an answer; the cluster's name server tells all of them. */
const MOST_ADDRESSES = 8;
/** Resolvers try a name with fewer dots inside their search domains first (`ndots`, 5 in a cluster). */
const NDOTS = 5;

/** Addresses from 240.0.0.0 on are the mesh's own: no Service of the cluster has one. */
const isVirtual = (address: string): boolean => Number(address.slice(0, address.indexOf('.'))) >= 240;

/** Name and namespace of a Service whose own name this is, and which the cluster's name server answers with the same addresses. */
function serviceCalled(name: string, { service, addresses }: NamePlan): readonly [name: string, namespace: string] | undefined {
  const [called = '', namespace = '', mesh, ...more] = name.split('.');
  if (mesh !== 'mesh' || more.length > 0 || service !== `${namespace}/${called}`) return undefined;
  return addresses.length === 0 || addresses.length > MOST_ADDRESSES || addresses.some(isVirtual) ? undefined : [called, namespace];
}

/** What a resolver asks first where somebody writes a shorter name than the whole one: that, within the pod's own search domain. */
function searched(whole: string, { name, namespace }: { readonly name: string; readonly namespace: string }): readonly string[] {
  return [`${name}.${namespace}`, `${name}.${namespace}.svc`, ...(whole.split('.').length > NDOTS ? [] : [whole])];
}

/** Headless Services that have pods, by their names in the mesh: `shop.web.mesh` of `checkout.shop.web.mesh`. */
function withPods(names: Iterable<string>): ReadonlySet<string> {
  const below = [...names].map((name) => name.slice(name.indexOf('.') + 1));
  return new Set(below.filter((name) => name.endsWith('.mesh') && name.split('.').length === 3));
}

/**
 * Every Service by its whole name; those that the workload is told to use, by what is asked for their shorter names, too: otherwise those would still need the cluster's name server, which says that
 * nothing is called so. Where the workload's namespace has a headless Service of the other namespace's name, one of its pods may be called so: then nothing is said.
 */
export function serviceNamesTable({ names, chains, workload }: OutboundPlan, clusterDomain: string): ReadonlyMap<string, readonly string[]> {
  const used = new Set<string>(chains.map(({ service }) => service));
  const home = workload.namespace;
  const pods = withPods(names.keys());
  const table = new Map<string, readonly string[]>();
  for (const [host, plan] of names) {
    const [name, namespace] = serviceCalled(host, plan) ?? [];
    if (name === undefined || namespace === undefined) continue;
    const whole = `${name}.${namespace}.svc.${clusterDomain}`;
    table.set(whole, plan.addresses);
    if (!used.has(plan.service) || pods.has(`${namespace}.${home}.mesh`)) continue;
    for (const each of searched(whole, { name, namespace })) table.set(`${each}.${home}.svc.${clusterDomain}`, plan.addresses);
  }
  return table;
}

/** Undefined where the pod's rules lead no such question to its proxy. */
export function serviceNamesListener(outbound: OutboundPlan): MessageInitShape<typeof ListenerSchema> | undefined {
  const capture = outbound.workload.proxy?.capture;
  if (capture?.mode !== 'pod' || capture.clusterDomain === undefined) return undefined;
  const table = [...serviceNamesTable(outbound, capture.clusterDomain)].sort(([a], [b]) => byCodeUnit(a, b));
  const virtualDomains = table.map(([name, addresses]) => virtualDomain(name, addresses));
  return nameServer(capture, { name: 'service-names', suffix: outbound.suffix, port: SERVICE_NAMES_PORT, table: { virtualDomains } });
}
