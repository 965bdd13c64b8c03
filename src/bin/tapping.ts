// Which proxies a tap is about, out of the mesh as it is now.
import type { TapLine } from '../api/index.ts';
import type { ControlPlane } from '../control/index.ts';
import type { TapPlan } from '../manage/index.ts';
import { type Mesh, plainServiceName, servicesOfWorkload, type Workload } from '../model/index.ts';
import { type AccessLogRule, accessLogRules } from '../policy/index.ts';
import type { Store } from '../store/index.ts';
import type { LogClaims, LogSink, TapChoice, TapMatch, TapRole, TapSender, Taps } from '../telemetry/index.ts';
import { senderOf } from './joints.ts';

const account = ({ namespace, serviceAccount }: Workload): string => `${namespace}/${serviceAccount}`;
const named = ({ namespace, name }: Workload): string => `${namespace}/${name}`;

function serves(mesh: Mesh, workload: Workload, service: string): boolean {
  return servicesOfWorkload(mesh, workload).some(({ key }) => plainServiceName(key) === service);
}

/** `from` names a workload, a service account, or a service: a proxy is asked for any of them. */
function isCaller(mesh: Mesh, workload: Workload, from: string): boolean {
  return named(workload) === from || account(workload) === from || (workload.gateway as string | undefined) === from || serves(mesh, workload, from);
}

function isTarget(mesh: Mesh, workload: Workload, { namespace, service, workload: name, gateway }: TapPlan): boolean {
  if (service !== undefined) return serves(mesh, workload, service);
  // `weft run --service web` names its workloads web-7f2: whoever says workload/web means all of them
  if (name !== undefined) return named(workload) === name || account(workload) === name;
  if (gateway !== undefined) return (workload.gateway as string | undefined) === gateway;
  return namespace === '' || workload.namespace === namespace;
}

function roleOf(mesh: Mesh, workload: Workload, plan: TapPlan): TapRole | undefined {
  const target = isTarget(mesh, workload, plan) && plan.picks?.(workload.labels) !== false;
  const calls = plan.service === undefined ? target : plan.from !== undefined && isCaller(mesh, workload, plan.from);
  return target || calls ? { serves: target, calls } : undefined;
}

/** Roles of all workloads, once per look at them. */
function chooser(mesh: Mesh, plan: TapPlan): TapChoice {
  const known = new Map<string, TapRole | undefined>();
  return ({ workload }) => {
    if (known.has(workload)) return known.get(workload);
    const found = mesh.workloads.get(workload as Workload['key']);
    const role = found === undefined ? undefined : roleOf(mesh, found, plan);
    known.set(workload, role);
    return role;
  };
}

/** Accounts that can stand for the caller where only its certificate is seen. */
function callers(mesh: Mesh, from: string): NonNullable<TapMatch['from']> {
  const found = [...mesh.workloads.values()].filter((each) => isCaller(mesh, each, from));
  return { workloads: found.map(named), accounts: [...new Set([from, ...found.map(account)])] };
}

function matchOf(mesh: Mesh, plan: TapPlan): TapMatch {
  const { service, workload, gateway, namespace, from, picks: _picks, ...filters } = plan;
  const target = service !== undefined ? { service } : workload === undefined && gateway === undefined ? { namespace } : {};
  return {
    ...filters,
    ...target,
    ...(from === undefined ? {} : { from: callers(mesh, from) }),
  };
}

/** What the mesh knows of a proxy that tells. */
export function tapSenderOf(plane: Pick<ControlPlane, 'mesh'>, store: Store): (claims: LogClaims) => TapSender {
  const senders = senderOf(
    () => plane.mesh,
    () => store.revision,
  );
  return (claims) => ({ ...senders(claims), workload: claims.workload });
}

/** What rules of access logs are made of; routes and endpoints are not. */
const ofRules = (mesh: Mesh): readonly unknown[] => [mesh.policies, mesh.services, mesh.workloads, mesh.config];

/** Rules of access logs for what arrives at a proxy. They are looked for once for each state of what they are made of. */
export function logRulesOf(plane: Pick<ControlPlane, 'mesh'>): (claims: Pick<LogClaims, 'workload'>) => readonly AccessLogRule[] {
  let of: readonly unknown[] = [];
  const known = new Map<string, readonly AccessLogRule[]>();
  return ({ workload }) => {
    const { mesh } = plane;
    const now = ofRules(mesh);
    if (now.some((part, at) => part !== of[at])) known.clear();
    of = now;
    const kept = known.get(workload);
    if (kept !== undefined) return kept;
    const found = mesh.workloads.get(workload as Workload['key']);
    const rules = found === undefined ? [] : accessLogRules(mesh, found);
    known.set(workload, rules);
    return rules;
  };
}

/** A sink whose messages are for taps as well: what fails is told by every proxy. */
export function overheard(sink: LogSink, taps: LogSink): LogSink {
  return {
    takes: sink.takes,
    refuses: (claims) => sink.refuses(claims),
    take: (log, claims, bytes) => {
      taps.take(log, claims, bytes);
      sink.take(log, claims, bytes);
    },
  };
}

/** The port of the management API. */
export function tapPort(taps: Taps, plane: Pick<ControlPlane, 'mesh'>): { open(plan: TapPlan, signal: AbortSignal): AsyncIterable<TapLine> } {
  return { open: (plan, signal) => taps.open(matchOf(plane.mesh, plan), () => chooser(plane.mesh, plan), signal) };
}
