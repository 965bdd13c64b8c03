// What is to be made for a Gateway in Kubernetes, in Weft's own words, and where clients then reach it.
import type { Diagnostic, Origin } from '../../base/index.ts';
import {
  type DiagnosticCode,
  deployedName,
  deploysClass,
  diagnostic,
  type Gateway,
  type GatewayKey,
  type Mesh,
  type ServiceKey,
  serviceKey,
} from '../../model/index.ts';
import { type GatewayParameters, parametersOf } from './parameters.ts';
import { type GatewayState, gatewayState } from './state.ts';

export interface GatewayDeployment {
  readonly gateway: Gateway;
  /** Of its ServiceAccount, Deployment and Service. */
  readonly name: string;
  /** By number, TCP before UDP. Those that cannot be served for the moment are among them: an address that was given up may not come back. */
  readonly ports: readonly { readonly port: number; readonly protocol: 'TCP' | 'UDP' }[];
  readonly parameters: GatewayParameters;
  /** Something of it cannot be understood: what is there stays as it is. */
  readonly refused: boolean;
}

/** What stands against a Gateway as a whole. */
export interface Refusal {
  /** Gateway API's reason for Accepted: False. */
  readonly reason: 'UnsupportedAddress' | 'InvalidParameters';
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly origin: Origin;
}

/** Undefined where nothing is to be made: the Gateway is not there, or its class leaves its proxies to somebody else. */
export function gatewayDeployment(mesh: Mesh, id: GatewayKey): GatewayDeployment | undefined {
  const state = gatewayState(mesh, id);
  if (state === undefined || !deploysClass(mesh, state.gateway.className)) return undefined;
  const { gateway } = state;
  return {
    gateway,
    name: deployedName(gateway.name),
    ports: portsOf(state),
    parameters: parametersOf(mesh, gateway).parameters,
    refused: gatewayRefusals(mesh, gateway).length > 0,
  };
}

function portsOf({ listeners }: GatewayState): GatewayDeployment['ports'] {
  const open = listeners.filter(({ problems }) => problems.every(({ condition }) => condition === 'ResolvedRefs'));
  const found = new Map<string, { readonly port: number; readonly protocol: 'TCP' | 'UDP' }>();
  for (const { listener } of open) {
    const protocol = listener.protocol === 'UDP' ? 'UDP' : 'TCP';
    found.set(`${protocol} ${listener.port}`, { port: listener.port, protocol });
  }
  return [...found.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

/** Why a Gateway of ours is not accepted, whatever its listeners are. */
export function gatewayRefusals(mesh: Mesh, gateway: Gateway): readonly Refusal[] {
  const strange = gateway.strangeAddresses.map(
    ({ type, origin }): Refusal => ({
      reason: 'UnsupportedAddress',
      code: 'WEFT1606',
      message: `no gateway of Weft can have an address of type ${type}`,
      origin,
    }),
  );
  return [...strange, ...parameterRefusals(mesh, gateway)];
}

function parameterRefusals(mesh: Mesh, gateway: Gateway): readonly Refusal[] {
  const { parameters: ref } = gateway.infrastructure;
  if (deploysClass(mesh, gateway.className))
    return parametersOf(mesh, gateway).problems.map((each) => ({ reason: 'InvalidParameters', code: 'WEFT2440', ...each }));
  if (ref === undefined) return [];
  const message = `nothing is created for Gateways of class ${gateway.className}, so there are no parameters`;
  return [{ reason: 'InvalidParameters', code: 'WEFT1607', message, origin: ref.origin }];
}

/** What of `infrastructure` nobody looks at. */
export function infrastructureDiagnostics(mesh: Mesh, { className, infrastructure, origin }: Gateway): readonly Diagnostic[] {
  if (deploysClass(mesh, className)) return [];
  return (['labels', 'annotations'] as const)
    .filter((field) => Object.keys(infrastructure[field]).length > 0)
    .map((field) =>
      diagnostic(
        'WEFT1211',
        { ...origin, path: `spec.infrastructure.${field}` },
        `infrastructure.${field} are ignored: nothing is created for Gateways of class ${className}`,
      ),
    );
}

/** Services that lead to a Gateway's proxies: the one that is made, or those that were given. They need not exist. */
export function servicesOfDeployment({ gateway, name, parameters }: GatewayDeployment): readonly ServiceKey[] {
  return (parameters.services ?? [name]).map((each) => serviceKey(gateway.namespace, each));
}

export interface DeployedAddresses {
  readonly addresses: readonly string[];
  /** Asked for and not given. */
  readonly lacking: readonly string[];
  /** Services that are there. */
  readonly services: readonly ServiceKey[];
}

/** Where clients reach a Gateway whose proxies were made for it. */
export function deployedAddresses(mesh: Mesh, deployment: GatewayDeployment): DeployedAddresses {
  const services = servicesOfDeployment(deployment).flatMap((key) => mesh.services.get(key) ?? []);
  const given = [...new Set(services.flatMap(({ published, vip, headless }) => published ?? (headless ? [] : [vip])))];
  const asked = deployment.gateway.addresses;
  return {
    addresses: asked.length === 0 ? given : given.filter((each) => asked.includes(each)),
    lacking: asked.filter((each) => !given.includes(each)),
    services: services.map(({ key }) => key),
  };
}
