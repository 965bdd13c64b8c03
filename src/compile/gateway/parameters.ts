// What a ConfigMap says of the proxies that are made for a Gateway (spec.infrastructure.parametersRef of a Gateway, spec.parametersRef of its
// class): flat texts by name, so that a mistake has a place. The Gateway's own word is over its class's, key by key.
import type { Origin } from '../../base/index.ts';
import type { ConfigMap, Gateway, Mesh, ObjectRef } from '../../model/index.ts';
import { isThere, wordsOf } from './references.ts';

/** Values as they were written; what is not said stays as the control plane's own settings have it. */
export interface GatewayParameters {
  readonly replicas?: number;
  readonly image?: string;
  readonly concurrency?: number;
  readonly cpu?: string;
  readonly memory?: string;
  readonly cpuLimit?: string;
  readonly memoryLimit?: string;
  readonly serviceType?: 'LoadBalancer' | 'NodePort' | 'ClusterIP';
  readonly loadBalancerClass?: string;
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly priorityClassName?: string;
  /** Services of the Gateway's namespace that lead to its proxies instead of one that is made. */
  readonly services?: readonly string[];
}

export interface ParameterProblem {
  readonly message: string;
  readonly origin: Origin;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ as far as anybody writes it. */
const QUANTITY = /^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const CLASS = /^[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?$/;

type Read = (text: string) => string | number | readonly string[] | undefined;

const number =
  (least: number, most: number): Read =>
  (text) =>
    /^\d{1,4}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined;
const like =
  (pattern: RegExp): Read =>
  (text) =>
    pattern.test(text) ? text : undefined;
const oneOf =
  (...values: readonly string[]): Read =>
  (text) =>
    values.includes(text) ? text : undefined;

function names(text: string): readonly string[] | undefined {
  const found = text.split(',').map((each) => each.trim());
  return found.every((each) => LABEL.test(each)) ? found : undefined;
}

const KEYS: Readonly<Record<keyof GatewayParameters, { readonly read: Read; readonly must: string }>> = {
  replicas: { read: number(1, 1000), must: 'a number from 1 to 1000' },
  image: { read: like(/^\S+$/), must: 'the name of an image' },
  concurrency: { read: number(1, 256), must: 'a number from 1 to 256' },
  cpu: { read: like(QUANTITY), must: 'a quantity such as 100m' },
  memory: { read: like(QUANTITY), must: 'a quantity such as 128Mi' },
  cpuLimit: { read: like(QUANTITY), must: 'a quantity such as 2' },
  memoryLimit: { read: like(QUANTITY), must: 'a quantity such as 1Gi' },
  serviceType: { read: oneOf('LoadBalancer', 'NodePort', 'ClusterIP'), must: 'LoadBalancer, NodePort or ClusterIP' },
  loadBalancerClass: { read: like(CLASS), must: 'the name of a class' },
  externalTrafficPolicy: { read: oneOf('Cluster', 'Local'), must: 'Cluster or Local' },
  priorityClassName: { read: like(SUBDOMAIN), must: 'the name of a PriorityClass' },
  services: { read: names, must: 'names of Services, separated by commas' },
};

function readText(key: string, text: string, map: ConfigMap): { readonly value: ReturnType<Read> } | ParameterProblem {
  const known = Object.hasOwn(KEYS, key) ? KEYS[key as keyof GatewayParameters] : undefined;
  const words = `ConfigMap ${map.namespace}/${map.name}`;
  const origin = { ...map.origin, path: `data[${JSON.stringify(key)}]` };
  if (known === undefined) return { message: `${words} has "${key}", which is no parameter; there are ${Object.keys(KEYS).join(', ')}`, origin };
  const value = known.read(text.trim());
  return value === undefined ? { message: `${words}: ${key} is "${text}" and must be ${known.must}`, origin } : { value };
}

type Found = { readonly parameters: GatewayParameters; readonly problems: readonly ParameterProblem[] };

const NOTHING: Found = { parameters: {}, problems: [] };

/** What a parametersRef leads to. */
export function parametersAt(mesh: Mesh, ref: ObjectRef | undefined): Found {
  if (ref === undefined) return NOTHING;
  const against = (message: string): Found => ({ parameters: {}, problems: [{ message, origin: ref.origin }] });
  if (ref.group !== '' || ref.kind !== 'ConfigMap')
    return against(`parameters are in a ConfigMap (group "", kind ConfigMap), not in ${ref.group === '' ? '' : `${ref.group}/`}${ref.kind} ${ref.name}`);
  if (ref.namespace === '') return against(`the ConfigMap ${ref.name} is in no namespace: say which`);
  const map = mesh.configMaps.get(`${ref.namespace}/${ref.name}`);
  if (map === undefined) return against(`${wordsOf(ref)} ${isThere(mesh, ref) ? 'has errors' : 'does not exist'}`);
  const read = Object.entries(map.data).map(([key, text]) => [key, readText(key, text, map)] as const);
  return {
    parameters: Object.fromEntries(read.flatMap(([key, each]) => ('value' in each ? [[key, each.value]] : []))),
    problems: read.flatMap(([, each]) => ('value' in each ? [] : [each])),
  };
}

/** What holds for a Gateway: its own parameters over those of its class. */
export function parametersOf(mesh: Mesh, { className, infrastructure }: Gateway): Found {
  const its = parametersAt(mesh, mesh.gatewayClasses.get(className)?.parameters);
  const own = parametersAt(mesh, infrastructure.parameters);
  return { parameters: { ...its.parameters, ...own.parameters }, problems: [...its.problems, ...own.problems] };
}
