// Probes and hooks that kubelet would send to the application go to the proxy's own port, which passes them on: kubelet has no identity in the
// mesh, and under strict mutual TLS nobody without one comes through.
import type { Diagnostic } from '../base/index.ts';
import { type PodProbe, READY_PORT } from '../compile/index.ts';
import { diagnostic } from '../model/index.ts';
import { type Fields, fieldsAt, isFields, listAt, numberAt, textAt, withField } from './json.ts';
import { mapList, originOf, type Pod, portsOf, runningOf } from './pod.ts';

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
const HOOKS = ['postStart', 'preStop'] as const;
/** A hook may take as long as the pod has. */
const HOOK_TIMEOUT_MS = 60_000;

export interface Rewritten {
  readonly pod: Pod;
  readonly targets: readonly PodProbe[];
  /** What stood there, by `container/field`. */
  readonly handlers: Readonly<Record<string, Fields>>;
  readonly diagnostics: readonly Diagnostic[];
}

interface Asked {
  readonly container: Fields;
  /** `livenessProbe`, `preStop`. */
  readonly field: string;
  readonly handler: Fields;
  readonly timeoutMs: number;
  readonly periodMs: number;
}

type Meant = { readonly kind: 'elsewhere' } | { readonly kind: 'no-port'; readonly name: string } | { readonly kind: 'target'; readonly target: PodProbe };

/** A port by its number, or by the name that the same container gives it (Kubernetes: IntOrString). */
function portOf(container: Fields, value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const found = portsOf(container).find((port) => textAt(port, 'name') === value)?.['containerPort'];
  if (typeof found === 'number') return found;
  return typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : undefined;
}

type Check = Omit<PodProbe, 'path' | 'port' | 'timeoutMs' | 'periodMs'>;

function httpCheck(action: Fields): Check {
  const path = textAt(action, 'path');
  const host = listAt(action, 'httpHeaders').find((header) => textAt(header, 'name').toLowerCase() === 'host');
  return {
    kind: textAt(action, 'scheme').toUpperCase() === 'HTTPS' ? 'https' : 'http',
    targetPath: path.startsWith('/') ? path : `/${path}`,
    ...(host === undefined ? {} : { host: textAt(host, 'value') }),
  };
}

/** What is asked, and the port as it is written; undefined of what is not asked of this pod by its network. */
function checkOf(handler: Fields): { readonly check: Check; readonly port: unknown } | undefined {
  const { httpGet, tcpSocket, grpc } = handler;
  // Another host than the pod is not reached through it.
  const here = (action: Fields): boolean => textAt(action, 'host') === '';
  if (isFields(httpGet) && here(httpGet)) return { check: httpCheck(httpGet), port: httpGet['port'] };
  if (isFields(tcpSocket) && here(tcpSocket)) return { check: { kind: 'tcp' }, port: tcpSocket['port'] };
  if (isFields(grpc)) return { check: { kind: 'grpc', service: textAt(grpc, 'service') }, port: grpc['port'] };
  return undefined;
}

/** Paths are made of names that Kubernetes lets be nothing but letters, digits and dashes. */
const pathOf = (container: Fields, field: string): string => `/probe/${textAt(container, 'name')}/${field}`;

function meantBy({ container, field, handler, timeoutMs, periodMs }: Asked): Meant {
  const asked = checkOf(handler);
  if (asked === undefined) return { kind: 'elsewhere' };
  const port = portOf(container, asked.port);
  if (port === undefined) return { kind: 'no-port', name: String(asked.port) };
  return { kind: 'target', target: { ...asked.check, path: pathOf(container, field), port, timeoutMs, periodMs } };
}

/** In ms; Kubernetes has the default where nothing, or zero, is written. */
function secondsOf(handler: Fields, name: string, otherwise: number): number {
  const seconds = numberAt(handler, name) ?? 0;
  return (seconds > 0 ? seconds : otherwise) * 1000;
}

function askedOf(container: Fields): readonly Asked[] {
  const probes = PROBES.flatMap((field): readonly Asked[] => {
    const handler = container[field];
    if (!isFields(handler)) return [];
    return [{ container, field, handler, timeoutMs: secondsOf(handler, 'timeoutSeconds', 1), periodMs: secondsOf(handler, 'periodSeconds', 10) }];
  });
  const hooks = HOOKS.flatMap((field): readonly Asked[] => {
    const handler = fieldsAt(container, 'lifecycle')[field];
    return isFields(handler) && isFields(handler['httpGet']) ? [{ container, field, handler, timeoutMs: HOOK_TIMEOUT_MS, periodMs: HOOK_TIMEOUT_MS }] : [];
  });
  return [...probes, ...hooks];
}

const ACTIONS = ['httpGet', 'tcpSocket', 'grpc'] as const;

/** The action alone, without periods and thresholds. */
const actionOf = (handler: Fields): Fields => Object.fromEntries(ACTIONS.flatMap((name) => (handler[name] === undefined ? [] : [[name, handler[name]]])));
const withoutAction = (handler: Fields): Fields => ACTIONS.reduce((rest, name) => withField(rest, name, undefined), handler);

/** Headers stay: they are sent on. */
function toProxy(handler: Fields, path: string): Fields {
  const headers = fieldsAt(handler, 'httpGet')['httpHeaders'];
  return { ...withoutAction(handler), httpGet: { path, port: READY_PORT, scheme: 'HTTP', ...(headers === undefined ? {} : { httpHeaders: headers }) } };
}

/** A container with a handler changed, wherever it stands. */
function withHandler(container: Fields, field: string, change: (handler: Fields) => Fields): Fields {
  if ((HOOKS as readonly string[]).includes(field)) {
    const lifecycle = fieldsAt(container, 'lifecycle');
    return withField(container, 'lifecycle', withField(lifecycle, field, change(fieldsAt(lifecycle, field))));
  }
  return withField(container, field, change(fieldsAt(container, field)));
}

/** Sends every probe and hook of the pod to the proxy that can be; `skip` are ports that are not captured, whose probes arrive anyway. */
export function rewriteProbes(pod: Pod, namespace: string, skip: readonly number[]): Rewritten {
  const targets: PodProbe[] = [];
  const handlers: Record<string, Fields> = {};
  const diagnostics: Diagnostic[] = [];
  const places = new Map(runningOf(pod).map(({ container, path }) => [container, path]));
  const rewritten = (container: Fields): Fields => {
    const place = places.get(container);
    if (place === undefined) return container;
    return askedOf(container).reduce((result, asked) => {
      const meant = meantBy(asked);
      if (meant.kind === 'no-port') {
        const words = `the ${asked.field} names port ${meant.name}, which the container does not have`;
        diagnostics.push(diagnostic('WEFT2428', originOf(pod, namespace, `${place}.${asked.field}`), words));
      }
      if (meant.kind !== 'target' || skip.includes(meant.target.port)) return result;
      targets.push(meant.target);
      handlers[`${textAt(container, 'name')}/${asked.field}`] = actionOf(asked.handler);
      return withHandler(result, asked.field, (handler) => toProxy(handler, meant.target.path));
    }, container);
  };
  const after = mapList(mapList(pod, 'containers', rewritten), 'initContainers', rewritten);
  return { pod: after, targets, handlers, diagnostics };
}

const isOurs = (handler: Fields): boolean => {
  const { port, path } = fieldsAt(handler, 'httpGet');
  return port === READY_PORT && typeof path === 'string' && path.startsWith('/probe/');
};

/** Puts back what stood there; a handler that somebody has changed since stays as it is. */
export function restoreProbes(pod: Pod, handlers: Readonly<Record<string, Fields>>): Pod {
  const restored = (container: Fields): Fields =>
    [...PROBES, ...HOOKS].reduce((result, field) => {
      const was = handlers[`${textAt(container, 'name')}/${field}`];
      const now = (HOOKS as readonly string[]).includes(field) ? fieldsAt(fieldsAt(container, 'lifecycle'), field) : fieldsAt(container, field);
      return was === undefined || !isOurs(now) ? result : withHandler(result, field, (handler) => ({ ...withoutAction(handler), ...actionOf(was) }));
    }, container);
  return mapList(mapList(pod, 'containers', restored), 'initContainers', restored);
}
