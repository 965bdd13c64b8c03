import { egressName } from '../external.ts';
import type { ExternalServiceSpec } from './external-service.ts';
import { resolutionOf } from './external-service.ts';
import { checkWildcards } from './external-service-wildcards.ts';
import type { Checked, Report } from './kind.ts';
import { OURS } from './ours.ts';
import { pemProblem } from './pem.ts';
import { checkPortProtocol } from './service-check.ts';

/** What the schema of an ExternalService cannot say. */
export function checkExternalService({ metadata, spec }: Checked<ExternalServiceSpec>, report: Report): void {
  checkHosts(spec, report);
  checkResolution(spec, report);
  checkPorts(spec, report);
  checkTls(spec, report);
  checkWildcards(spec, report);
  if (spec.egress !== undefined) checkEgress(metadata, spec, report);
}

function checkHosts({ hosts }: ExternalServiceSpec, report: Report): void {
  for (const [at, host] of hosts.entries()) {
    const path = `spec.hosts[${at}]`;
    if (OURS.test(host)) report('WEFT1701', path, `"${host}" is a name of the mesh or of the machine itself, nothing outside can have it`);
    if (/^[0-9.]+$/.test(host))
      report('WEFT1701', path, `"${host}" is an address, not a name`, 'give it a name of its own in hosts, and the address in addresses');
    const first = hosts.indexOf(host);
    if (first !== at) report('WEFT1208', path, `"${host}" is already spec.hosts[${first}]`);
  }
}

function checkResolution(spec: ExternalServiceSpec, report: Report): void {
  const { addresses, dns } = spec;
  const resolution = resolutionOf(spec);
  if (resolution === 'Static' && addresses.length === 0) report('WEFT1703', 'spec', 'resolution Static needs addresses', 'add addresses: [203.0.113.7]');
  if (resolution !== 'Static' && addresses.length > 0)
    report('WEFT1703', 'spec.addresses', `resolution ${resolution} does not use addresses`, 'write resolution: Static, or remove addresses');
  if (dns !== undefined && resolution === 'Static') report('WEFT1703', 'spec.dns', 'spec.dns has no meaning with resolution Static: nothing is looked up');
}

function checkPorts({ ports }: ExternalServiceSpec, report: Report): void {
  for (const [at, port] of ports.entries()) {
    const path = `spec.ports[${at}]`;
    const before = ports.findIndex((each) => each.port === port.port);
    const named = ports.findIndex((each) => each.name === port.name);
    if (before !== at) report('WEFT1208', `${path}.port`, `port ${port.port} is already spec.ports[${before}]`);
    if (port.name !== '' && named !== at) report('WEFT1208', `${path}.name`, `the name "${port.name}" is already taken by spec.ports[${named}]`);
    if (port.name === '' && ports.length > 1) report('WEFT1206', path, 'a port of several needs a name');
    checkPortProtocol(port, path, report);
  }
}

function checkTls({ hosts, ports, tls }: ExternalServiceSpec, report: Report): void {
  if (tls === undefined) return;
  const problem = tls.caCertificates === undefined ? undefined : pemProblem(tls.caCertificates);
  if (problem !== undefined) report('WEFT1704', 'spec.tls.caCertificates', problem);
  for (const [at, port] of ports.entries()) {
    if (port.appProtocol === 'https' || port.appProtocol === 'tls' || port.appProtocol === 'kubernetes.io/wss')
      report(
        'WEFT1705',
        `spec.ports[${at}].appProtocol`,
        `the application is to speak plain to the proxy, which originates TLS, but appProtocol ${port.appProtocol} says that it encrypts itself`,
      );
  }
  if (tls.sni !== undefined && hosts.some((host) => host.startsWith('*.')))
    report('WEFT1207', 'spec.tls.sni', 'one sni cannot stand for the hosts of a wildcard', 'remove sni: the host that is called is sent');
  if (tls.sni?.startsWith('*.') === true) report('WEFT1204', 'spec.tls.sni', 'a server name cannot be a wildcard');
}

const MOST_SERVER_NAME = 255;

function checkEgress({ namespace, name }: Checked<ExternalServiceSpec>['metadata'], { hosts, ports }: ExternalServiceSpec, report: Report): void {
  for (const [at, host] of hosts.entries()) {
    const longest = Math.max(...ports.map(({ port }) => egressName({ namespace, name, host, port }).length));
    if (longest > MOST_SERVER_NAME) report('WEFT1734', `spec.hosts[${at}]`, `with the names of the document and the port it has ${longest} characters`);
  }
}
