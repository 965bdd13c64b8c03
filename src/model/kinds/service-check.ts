import { suggestion } from '../edit-distance.ts';
import { isIpv4 } from './fields.ts';
import type { Checked, Report } from './kind.ts';
import { MADE, MADE_BY, OURS } from './ours.ts';
import { KNOWN_APP_PROTOCOLS, protocolOf, protocolOfAppProtocol } from './protocol.ts';
import type { ServiceSpec } from './service.ts';

/** Fields of core/v1 that a mesh of plain machines has no use for, and why leaving them out is harmless. */
const IGNORED: Readonly<Record<string, string>> = {
  clusterIPs: 'Weft gives a service one IPv4 address, spec.clusterIP',
  externalIPs: 'traffic from outside enters through a gateway, not through a service',
  sessionAffinityConfig: 'a caller stays with its endpoint for as long as that is ready, however long it is silent',
  loadBalancerIP: 'there is no load balancer outside the mesh',
  loadBalancerSourceRanges: 'there is no load balancer outside the mesh',
  loadBalancerClass: 'there is no load balancer outside the mesh',
  allocateLoadBalancerNodePorts: 'there are no node ports in the mesh',
  healthCheckNodePort: 'there are no node ports in the mesh',
  externalTrafficPolicy: 'traffic from outside enters through a gateway, not through a service',
};

/** What the schema of a Service cannot say. */
export function checkService({ metadata, spec }: Checked<ServiceSpec>, report: Report): void {
  checkType(spec, report);
  checkAddress(spec, report);
  // Made for a workload that only calls: nobody forgot anything.
  if (spec.ports.length === 0 && metadata.annotations[MADE] !== MADE_BY) report('WEFT1313', 'spec', 'the service has no ports, so nobody can call it');
  checkPorts(spec, report);
  for (const [field, why] of Object.entries(IGNORED)) {
    if (Object.hasOwn(spec, field)) report('WEFT1211', `spec.${field}`, `spec.${field} is ignored: ${why}`);
  }
  if (spec.internalTrafficPolicy === 'Local')
    report('WEFT1211', 'spec.internalTrafficPolicy', 'internalTrafficPolicy Local is ignored: all ready endpoints get requests');
  if ((spec.ipFamilies ?? []).some((family) => family !== 'IPv4'))
    report('WEFT1211', 'spec.ipFamilies', 'spec.ipFamilies is ignored: a service has an IPv4 address, and its IPv4-mapped AAAA');
  if ((spec.ipFamilyPolicy ?? 'SingleStack') !== 'SingleStack')
    report('WEFT1211', 'spec.ipFamilyPolicy', 'spec.ipFamilyPolicy is ignored: a service has an IPv4 address, and its IPv4-mapped AAAA');
  if (spec.type !== 'ExternalName' && spec.externalName !== undefined)
    report('WEFT1211', 'spec.externalName', 'spec.externalName is ignored: it has a meaning only with type ExternalName');
  if (spec.type !== 'ExternalName' && Object.keys(spec.selector).length === 0)
    report('WEFT1311', 'spec', 'the service has no selector, so no workload serves it');
}

function checkType(spec: ServiceSpec, report: Report): void {
  if (spec.type === 'ExternalName') {
    checkExternalName(spec, report);
  } else if (spec.type !== 'ClusterIP') {
    report('WEFT1211', 'spec.type', `type ${spec.type} is treated as ClusterIP: inside the mesh a service has its virtual address only`);
  }
}

/** Another name for a server outside: the mesh answers it with an address of its own, and needs to know the ports. */
function checkExternalName({ externalName, selector, clusterIP }: ServiceSpec, report: Report): void {
  if (externalName === undefined) report('WEFT1201', 'spec', 'type ExternalName needs externalName');
  else if (!HOST.test(externalName)) report('WEFT1204', 'spec.externalName', `"${externalName}" is not a host name`);
  else if (OURS.test(externalName))
    report(
      'WEFT1701',
      'spec.externalName',
      `"${externalName}" is a name of the mesh itself`,
      'send to that Service with an HTTPRoute whose parent is this one',
    );
  if (Object.keys(selector).length > 0) report('WEFT1211', 'spec.selector', 'spec.selector is ignored: type ExternalName has no workloads');
  if (clusterIP !== undefined && clusterIP !== '')
    report('WEFT1211', 'spec.clusterIP', 'spec.clusterIP is ignored: type ExternalName is given an address by Weft');
}

const HOST = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

function checkAddress(spec: ServiceSpec, report: Report): void {
  const { clusterIP } = spec;
  if (clusterIP === undefined || clusterIP === '') return;
  if (clusterIP !== 'None' && !isIpv4(clusterIP)) {
    report('WEFT1204', 'spec.clusterIP', `"${clusterIP}" is not an IPv4 address`, 'leave spec.clusterIP out and Weft chooses one from 240.0.0.0/4');
  }
}

function checkPorts(spec: ServiceSpec, report: Report): void {
  const numbers = new Map<string, number>();
  const names = new Map<string, number>();
  for (const [at, port] of spec.ports.entries()) {
    const path = `spec.ports[${at}]`;
    const place = `${port.protocol} ${port.port}`;
    const before = numbers.get(place);
    const named = names.get(port.name);
    if (before !== undefined) report('WEFT1208', `${path}.port`, `port ${port.port} is already spec.ports[${before}]`);
    if (named !== undefined && port.name !== '') report('WEFT1208', `${path}.name`, `the name "${port.name}" is already taken by spec.ports[${named}]`);
    if (port.name === '' && spec.ports.length > 1) report('WEFT1206', path, 'a port of a service with several ports needs a name');
    if (port.protocol === 'SCTP')
      report(
        'WEFT1210',
        `${path}.protocol`,
        `protocol ${port.protocol} is not supported by this version of Weft; the document is refused`,
        'leave this port out: a mesh carries TCP, and its gateways UDP',
      );
    if (port.nodePort !== undefined) report('WEFT1211', `${path}.nodePort`, 'nodePort is ignored: there are no node ports in the mesh');
    if (port.protocol === 'UDP') checkDatagrams(spec, port, path, report);
    else checkPortProtocol(port, path, report);
    numbers.set(place, before ?? at);
    names.set(port.name, named ?? at);
  }
}

/** Datagrams take no part in what a sidecar does. */
function checkDatagrams(spec: ServiceSpec, { port, appProtocol }: ServiceSpec['ports'][number], path: string, report: Report): void {
  if (spec.type === 'ExternalName') report('WEFT1211', path, `port ${port} is ignored: what an ExternalName stands for is reached by TCP only`);
  else report('WEFT1751', path, `port ${port} is for UDP: sidecars do not carry its datagrams, and nothing about them is encrypted`);
  if (appProtocol !== undefined) report('WEFT1211', `${path}.appProtocol`, 'appProtocol is ignored: nothing looks into datagrams');
}

/** Says when the protocol of a port is not known or not declared. */
export function checkPortProtocol(port: Pick<ServiceSpec['ports'][number], 'name' | 'port' | 'appProtocol'>, path: string, report: Report): void {
  if (port.appProtocol !== undefined) {
    if (protocolOfAppProtocol(port.appProtocol) !== undefined) return;
    const near = suggestion(port.appProtocol, KNOWN_APP_PROTOCOLS);
    report('WEFT1212', `${path}.appProtocol`, `appProtocol "${port.appProtocol}" is not known and treated as tcp${near === '' ? '' : `: ${near}`}`);
  } else if (!protocolOf(port).declared) {
    report('WEFT1213', path, `port ${port.port} does not say what it speaks and is treated as what its workloads are found to speak, or as tcp`);
  }
}
