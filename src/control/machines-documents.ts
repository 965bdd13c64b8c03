// The documents that joining makes, as pure functions: a Workload always, a Service when it was asked for and none is there.
import type { JoinRequest } from '../api/index.ts';
import type { Document, DocumentKey, WorkloadKey } from '../model/index.ts';
import { MADE, MADE_BY, makeDocumentKey } from '../model/index.ts';
import { machineError } from './machines-errors.ts';
import type { MachineGrant } from './machines-ports.ts';

/** On a Workload: it has a lease, so it may be removed. Its value is the service it joined for. */
export const LEASED = 'weft.dev/joined-for';

export const workloadDocumentKey = (namespace: string, name: string): DocumentKey => makeDocumentKey('weft.dev', 'Workload', namespace, name);
export const serviceDocumentKey = (namespace: string, name: string): DocumentKey => makeDocumentKey('', 'Service', namespace, name);

type Port = JoinRequest['ports'][number];
interface ServicePortSpec {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly appProtocol?: string;
}

type Found = 'http' | 'h2c' | 'tcp';
export type FoundProtocols = Readonly<Record<string, Found>>;

const APP_PROTOCOL: Readonly<Record<NonNullable<Port['protocol']>, string>> = { http: 'http', h2c: 'kubernetes.io/h2c', grpc: 'grpc', tcp: 'tcp' };

/**
 * Labels of the workload: what the grant fixes, then what the machine adds. Throws `not-allowed` when the machine asks for a
 * fixed label with another value; `app` is always fixed, because services find their workloads by it.
 */
export function workloadLabels(request: JoinRequest, grant: MachineGrant): Readonly<Record<string, string>> {
  const fixed: Readonly<Record<string, string>> = { app: grant.serviceAccount, ...grant.labels };
  for (const [key, value] of Object.entries(request.labels)) {
    const held = fixed[key];
    if (held !== undefined && held !== value) {
      throw machineError(
        'not-allowed',
        `the token fixes the label ${key}=${held}, so this workload cannot have ${key}=${value}: make a token that allows it (weft token create --label ${key}=${value})`,
        {
          details: { label: key, allowed: held, asked: value },
        },
      );
    }
  }
  return { ...request.labels, ...fixed };
}

/**
 * Refuses a service that the grant does not lead to: an existing one must select these labels, one that does not exist must
 * be named like the label `app`. So a token for `checkout` never serves as `payments`.
 */
export function checkService(request: JoinRequest, grant: MachineGrant, labels: Readonly<Record<string, string>>, existing: Document | undefined): void {
  const name = `${grant.namespace}/${request.service}`;
  const account = `${grant.namespace}/${grant.serviceAccount}`;
  if (existing === undefined) {
    if (request.service === labels['app']) return;
    throw machineError(
      'not-allowed',
      `the token is for the service account ${account} and allows the service ${labels['app']}, not ${request.service}: ` +
        `make one with weft token create --service-account ${grant.namespace}/${request.service}, or apply a Service ${request.service} that selects app=${labels['app']} first`,
      { details: { service: name, serviceAccount: account } },
    );
  }
  const selector = (existing.spec['selector'] ?? {}) as Readonly<Record<string, string>>;
  const missing = Object.entries(selector).filter(([key, value]) => labels[key] !== value);
  if (missing.length === 0 && Object.keys(selector).length > 0) return;
  const wants = missing.length === 0 ? 'has no selector, so no workload serves it' : `selects ${missing.map(([key, value]) => `${key}=${value}`).join(', ')}`;
  throw machineError(
    'not-allowed',
    `the Service ${name} ${wants}, and this workload would have ${describeLabels(labels)}: ` +
      (missing.some(([key]) => key === 'app' || Object.hasOwn(grant.labels, key))
        ? `the token for ${account} cannot serve it; make one for its service account`
        : 'run it with the missing labels (--label KEY=VALUE)'),
    { details: { service: name, serviceAccount: account, missing: Object.fromEntries(missing) } },
  );
}

function describeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/**
 * Refuses a proxy of a Gateway that the token is not for: it gets the private keys of the Gateway's certificates, so its identity must
 * be the Gateway's own.
 */
export function checkGateway(request: JoinRequest, grant: MachineGrant): void {
  if (request.service === grant.serviceAccount) return;
  const wanted = `${grant.namespace}/${request.service}`;
  throw machineError(
    'not-allowed',
    `the token is for the service account ${grant.namespace}/${grant.serviceAccount} and does not allow to serve the Gateway ${wanted}: make one with weft token create --service-account ${wanted}`,
    { details: { gateway: wanted, serviceAccount: `${grant.namespace}/${grant.serviceAccount}` } },
  );
}

/** Refuses the proxy of a node that the token is not for: a token for an application is no permission to become a node. */
export function checkNode(request: JoinRequest, grant: MachineGrant): void {
  if (request.service === grant.serviceAccount) return;
  const wanted = `${grant.namespace}/${request.service}`;
  throw machineError(
    'not-allowed',
    `the token is for the service account ${grant.namespace}/${grant.serviceAccount}, and a node's is ${wanted}: make one with weft token create --service-account ${wanted}`,
    { details: { node: wanted, serviceAccount: `${grant.namespace}/${grant.serviceAccount}` } },
  );
}

/** Gateway API's label on what belongs to a Gateway. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

export interface WorkloadParts {
  readonly labels: Readonly<Record<string, string>>;
  /** The node that serves it. */
  readonly node?: WorkloadKey | undefined;
}

/** The Workload as a document that has not been checked yet. */
export function workloadDocument(request: JoinRequest, grant: MachineGrant, { labels, node }: WorkloadParts): unknown {
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: {
      name: `${request.service}-${request.instance}`,
      namespace: grant.namespace,
      labels: request.gateway === true ? { ...labels, [GATEWAY_NAME]: request.service } : labels,
      annotations: { [LEASED]: request.service },
    },
    spec: {
      serviceAccount: grant.serviceAccount,
      address: request.address,
      ports: request.ports.map(({ name, port, proxyPort, protocol }) => ({ name, port, proxyPort, ...(protocol === undefined ? {} : { speaks: protocol }) })),
      zone: request.zone,
      weight: request.weight,
      state: 'Starting',
      ...(request.gateway === true ? { gateway: request.service } : {}),
      ...(request.node === 'proxy' ? { node: true } : {}),
      proxy: { capture: request.capture, bind: request.bind, hostLoopback: request.hostLoopback, ...(node === undefined ? {} : { node }) },
    },
  };
}

/** The Service that the flags of `weft run` describe, as a document that has not been checked yet. */
export function serviceDocument(request: JoinRequest, namespace: string, labels: Readonly<Record<string, string>>): unknown {
  const ports = request.ports.map(servicePort);
  const web = request.ports.find((port) => port.servicePort === undefined && speaksHttp(port));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: request.service, namespace, labels: {}, annotations: { [MADE]: MADE_BY } },
    spec: { selector: { app: labels['app'] ?? request.service }, ports: web === undefined ? ports : withWebPort(ports, servicePort(web)) },
  };
}

function servicePort(port: Port): ServicePortSpec {
  return {
    name: port.name,
    port: port.servicePort ?? port.port,
    // By name, so that instances that listen on different ports serve one service.
    targetPort: port.name === '' ? port.port : port.name,
    ...(port.protocol === undefined ? {} : { appProtocol: APP_PROTOCOL[port.protocol] }),
  };
}

function speaksHttp(port: Port): boolean {
  return port.protocol === undefined ? /^(http2?|h2c|grpc)(-|$)/.test(port.name) : port.protocol !== 'tcp';
}

/** Adds port 80 for an HTTP port, unless the service has one. */
function withWebPort(ports: readonly ServicePortSpec[], web: ServicePortSpec): readonly ServicePortSpec[] {
  if (ports.some((port) => port.port === 80)) return ports;
  const name = ports.some((port) => port.name === 'http') ? 'http-80' : 'http';
  return [...ports, { ...web, name, port: 80 }];
}

/**
 * A made Service after the machine has found out what its ports speak: undeclared ports get their appProtocol, the first that
 * speaks HTTP also gets port 80. Undefined when there is nothing to change, or the Service is no longer `weft run`'s.
 */
export function completedService(service: Document, workload: Document, found: FoundProtocols): Document | undefined {
  if (service.metadata.annotations[MADE] !== MADE_BY) return undefined;
  const own = (workload.spec['ports'] ?? []) as readonly { readonly name: string; readonly port: number }[];
  const protocolOfTarget = (target: number | string): Found | undefined => {
    const port = own.find((each) => each.name === target || each.port === target);
    return port === undefined ? undefined : (found[port.name] ?? found[String(port.port)]);
  };
  const before = (service.spec['ports'] ?? []) as readonly ServicePortSpec[];
  let ports: readonly ServicePortSpec[] = before.map((port) => {
    const protocol = port.appProtocol === undefined ? protocolOfTarget(port.targetPort) : undefined;
    return protocol === undefined ? port : { ...port, appProtocol: APP_PROTOCOL[protocol] };
  });
  const web = ports.find((port, at) => port.appProtocol !== 'tcp' && before[at]?.appProtocol === undefined && port.port === targetNumber(own, port.targetPort));
  if (web !== undefined) ports = withWebPort(ports, web);
  const changed = ports.length !== before.length || ports.some((port, at) => port !== before[at]);
  return changed ? { ...service, spec: { ...service.spec, ports } } : undefined;
}

/** The workload with what its ports were found to speak; itself when it says so already. */
export function spokenWorkload(workload: Document, found: FoundProtocols): Document {
  const before = (workload.spec['ports'] ?? []) as readonly { readonly name: string; readonly port: number; readonly speaks?: string }[];
  const ports = before.map((port) => {
    const speaks = found[port.name] ?? found[String(port.port)];
    return speaks === undefined || speaks === port.speaks ? port : { ...port, speaks };
  });
  return ports.every((port, at) => port === before[at]) ? workload : { ...workload, spec: { ...workload.spec, ports } };
}

/** A service port that differs from the application's was chosen by the user (`--port 443:8443`) and gets no port 80 beside it. */
function targetNumber(own: readonly { readonly name: string; readonly port: number }[], target: number | string): number | undefined {
  return own.find((each) => each.name === target || each.port === target)?.port;
}
