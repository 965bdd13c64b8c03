// Whether a call may be made: the decision of the callee's proxy over the very rules it was sent, with the rule that decides and where it stands.
import type { Origin } from '../../base/index.ts';
import { type Mesh, originsOf, type Policy, type ServiceKey, servicesOfWorkload, spiffeId, workloadsOfService } from '../../model/index.ts';
import {
  type Asked,
  AUTHORIZATION_POLICY,
  type AuthorizationPlan,
  authorizationRules,
  type Condition,
  conditionHolds,
  contributionOf,
  type Decision,
  decide,
  type Rule,
  ruleSetsOf,
} from '../../policy/index.ts';
import { targetOf } from '../plan/endpoints.ts';
import { rewritten } from '../plan/path-change.ts';
import { inboundActing } from '../plan/policies.ts';
import { protocolOf } from '../plan/proxy.ts';
import type { RoutePlan, WeightedBackend } from '../plan.ts';
import { headerValues } from './conditions.ts';
import type { RequestShape } from './evaluate.ts';
import type { Call, ExplainStep, Verdict } from './explain.ts';
import { splitTarget } from './normalize-path.ts';
import type { Caller } from './view.ts';

export interface Admission {
  readonly step: ExplainStep;
  /** Present when the call is denied. */
  readonly denied?: { readonly text: string; readonly alternatives: readonly string[] };
}

/** The line of a decision, where there is one. */
export function admissionSteps(admission: Admission | undefined): readonly ExplainStep[] {
  return admission === undefined ? [] : [admission.step];
}

interface Destination {
  readonly service: ServiceKey;
  readonly port: number;
}

/** What the callee's proxy decides; undefined where no policy holds, or nobody serves it. `request` is absent for a connection. */
export function admissionAt(call: Pick<Call, 'mesh' | 'caller'>, to: Destination, request?: RequestShape): Admission | undefined {
  const { mesh, caller } = call;
  const found = planAt(mesh, to);
  if (found === undefined) return undefined;
  const principal = spiffeId(mesh.config.trustDomain, caller.namespace, caller.serviceAccount);
  const asked: Asked = {
    principal,
    peer: caller.address,
    address: found.address,
    port: found.port,
    ...(request === undefined ? {} : askedBy(request, caller.address)),
  };
  const decision = decide(found.plan, asked);
  const step = stepOf(mesh, found.plan, decision);
  if (decision.kind === 'allowed' || decision.kind === 'unknown') return { step };
  return { step, denied: { text: denialText(to, step, decision), alternatives: [...wishes(mesh, found.plan, asked), remedy(call, to, request, decision)] } };
}

function planAt(mesh: Mesh, { service: key, port }: Destination) {
  const service = mesh.services.get(key);
  const called = service?.ports.find((each) => each.port === port);
  const workload = service === undefined ? undefined : workloadsOfService(mesh, service).find((each) => each.proxy !== undefined);
  const target = workload === undefined || called === undefined ? undefined : targetOf(workload, called);
  if (workload === undefined || target === undefined) return undefined;
  const { protocol } = protocolOf(servicesOfWorkload(mesh, workload), workload, target);
  const { contributions } = inboundActing(mesh, { workload, port: target.port, protocol, kind: 'route' });
  const plan = contributionOf(contributions, 'authorization')?.plan;
  return plan === undefined ? undefined : { plan, port: target.port, address: workload.address };
}

/** Claims are not known here when a token is sent; without one there are none. */
function askedBy(request: RequestShape, peer: string): Partial<Asked> {
  const forwarded = headerValues(request, 'x-forwarded-for').at(-1)?.split(',').at(-1)?.trim();
  const token = headerValues(request, 'authorization').length > 0;
  return {
    method: request.method,
    path: splitTarget(request.path).path,
    headers: request.headers.map(([name, value]) => [name.toLowerCase(), value] as const),
    client: forwarded ?? peer,
    ...(request.authority === undefined ? {} : { host: request.authority }),
    ...(token ? {} : { claims: null }),
  };
}

/** The request as it arrives after what the route and the backend change of it; undefined when that cannot be said here. */
export function arriving(request: RequestShape, { action, requestHeaders }: RoutePlan, backend: WeightedBackend): RequestShape | undefined {
  const rewrite = backend.rewrite ?? (action.kind === 'forward' ? action.rewrite : undefined);
  const path = rewrite?.path === undefined ? request.path : rewritten(rewrite.path, splitTarget(request.path).path);
  if (path === undefined) return undefined;
  const changes = [requestHeaders, backend.requestHeaders];
  const gone = new Set(changes.flatMap(({ set, remove }) => [...remove, ...set.map(({ name }) => name)]).map((name) => name.toLowerCase()));
  const more = changes.flatMap(({ set, add }) => [...set, ...add]).map(({ name, value }) => [name, value] as const);
  const headers = [...request.headers.filter(([name]) => !gone.has(name.toLowerCase())), ...more];
  const authority = backend.host ?? rewrite?.hostname ?? request.authority;
  return { ...request, path, headers, ...(authority === undefined ? {} : { authority }) };
}

/** The decisions of those to whom requests of a route may go, by service. */
export function admissionsOf(call: Pick<Call, 'mesh' | 'caller'>, route: RoutePlan, request: RequestShape): ReadonlyMap<ServiceKey, Admission> {
  if (route.action.kind !== 'forward') return new Map();
  const found = route.action.backends
    .filter(({ weight, unresolved, answer }) => weight > 0 && unresolved === undefined && answer === undefined)
    .flatMap((backend) => {
      const seen = arriving(request, route, backend);
      const admission = seen === undefined ? undefined : admissionAt(call, backend, seen);
      return admission === undefined ? [] : [[backend.service, admission] as const];
    });
  return new Map(found);
}

/** What a Gateway's own proxies decide about a request of somebody outside, of whom no more is known than what he asks. */
export function admissionAtGateway({ mesh, gateway }: Caller, taken: RoutePlan, request: RequestShape): Admission | undefined {
  const plan = contributionOf(taken.contributions, 'authorization')?.plan;
  if (gateway === undefined || plan === undefined) return undefined;
  const { client: _, ...known } = askedBy(request, '');
  const decision = decide(plan, known);
  const step = stepOf(mesh, plan, decision);
  if (decision.kind === 'allowed' || decision.kind === 'unknown') return { step };
  const text = denialText({ service: `${gateway.namespace}/${gateway.name}` as ServiceKey, port: 0 }, step, decision).replace('(inbound)', '(Gateway)');
  return { step, denied: { text, alternatives: wishes(mesh, plan, known) } };
}

/** What comes of denials: the whole of the answer where everybody denies. `places`: how many may get the call. */
export function denialOf(admissions: ReadonlyMap<ServiceKey, Admission>, places: number): Verdict | undefined {
  const denials = [...admissions.values()].flatMap(({ denied }) => denied ?? []);
  const [first] = denials;
  if (first === undefined) return undefined;
  const part = denials.length < places ? 'part of the calls: ' : '';
  return { ok: false, text: `${part}${first.text}`, alternatives: first.alternatives };
}

function policyOf(plan: AuthorizationPlan, name: string): Policy | undefined {
  return ruleSetsOf(plan)
    .flatMap(({ policies }) => policies)
    .find((each) => `${each.namespace}/${each.name}` === name);
}

function placeOf(mesh: Mesh, policy: Policy | undefined, path: string): { readonly origin?: Origin } {
  const document = policy === undefined ? undefined : mesh.documents.get(policy.key);
  return document === undefined ? {} : { origin: originsOf(document)(`spec${path === '' ? '' : `.${path}`}`) };
}

/** `rule 0`, or its name in quotes. */
function ruleWords({ id }: Rule): string {
  const name = id.slice(id.indexOf('#') + 1);
  return /^\d+$/.test(name) ? `rule ${name}` : `rule "${name}"`;
}

const namesOf = ({ allow }: AuthorizationPlan): string =>
  allow.policies
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .sort()
    .join(', ');

const AMBIGUOUS = {
  path: 'an encoded slash in the path, and rules look at paths',
  host: 'the host is no host name, and rules look at hosts',
} as const;

function stepOf(mesh: Mesh, plan: AuthorizationPlan, decision: Decision): ExplainStep {
  const of = (value: string, note: string, rule: Rule): ExplainStep => ({
    subject: 'authz',
    value,
    note,
    ...placeOf(mesh, policyOf(plan, rule.policy), rule.path),
  });
  switch (decision.kind) {
    case 'denied':
      return of(`DENY "${decision.rule.policy}"`, ruleWords(decision.rule), decision.rule);
    case 'unknown':
      return of(
        `perhaps "${decision.rule.policy}"`,
        `${ruleWords(decision.rule)} depends on something that is not known here (a token, an address)`,
        decision.rule,
      );
    case 'ambiguous':
      return { subject: 'authz', value: 'DENY', note: AMBIGUOUS[decision.what] };
    case 'unmatched':
      return { subject: 'authz', value: 'denied', note: `no rule of ALLOW ${namesOf(plan)} is about it`, ...placeOf(mesh, plan.allow.policies[0], '') };
    default:
      if (decision.rule !== undefined) return of(`ALLOW "${decision.rule.policy}"`, ruleWords(decision.rule), decision.rule);
      return { subject: 'authz', value: 'allowed', note: plan.deny.policies.length > 0 ? 'no DENY rule is about it' : 'nothing is enforced here' };
  }
}

function denialText({ service }: Destination, { origin, note }: ExplainStep, decision: Decision): string {
  const at = origin?.file === undefined ? '' : ` (${origin.file}${origin.line === undefined ? '' : `:${origin.line}`})`;
  const why = decision.kind === 'denied' ? `${ruleWords(decision.rule)} of ${AUTHORIZATION_POLICY} ${decision.rule.policy}${at} is about it` : `${note}${at}`;
  return `denied at ${service.split('/')[1] ?? service} (inbound): ${why}`;
}

/** What keeps the call from each of the first rules that allow. */
function wishes(mesh: Mesh, plan: AuthorizationPlan, asked: Asked): readonly string[] {
  const trustDomain = mesh.config.trustDomain;
  return plan.allow.rules.slice(0, 3).map((rule) => {
    const written = plan.allow.policies.flatMap((policy) => authorizationRules(policy, trustDomain)).find(({ id }) => id === rule.id) ?? rule;
    const missing = [
      firstMissing(written.sources, asked),
      firstMissing(written.operations, asked),
      written.when.find((each) => conditionHolds(each, asked) !== true),
    ];
    const first = missing.find((each) => each !== undefined);
    return `${rule.policy} ${ruleWords(rule)} wants ${first === undefined ? 'something else' : conditionWords(first)}`;
  });
}

function firstMissing(alternatives: readonly (readonly Condition[])[], asked: Asked): Condition | undefined {
  const open = alternatives.map((each) => each.find((condition) => conditionHolds(condition, asked) !== true));
  return open.some((each) => each === undefined) ? undefined : open[0];
}

const WHAT = {
  principal: 'the caller',
  peer: 'the address',
  client: 'the client’s address',
  address: 'our address',
  port: 'the port',
  token: 'the token',
  host: 'the host',
  method: 'the method',
  path: 'the path',
  sni: 'the server name',
} as const;

function conditionWords({ aspect, any, not }: Condition): string {
  const what = aspect.on === 'header' ? `header ${aspect.name}` : aspect.on === 'claim' ? `claim ${aspect.claim.join('.')}` : WHAT[aspect.on];
  const values = any.slice(0, 3).map((match) => {
    if (match.kind === 'port') return String(match.port);
    if (match.kind === 'cidr') return `${match.address}/${match.bits}`;
    if (match.kind === 'prefix') return `${match.value}*`;
    if (match.kind === 'suffix') return `*${match.value}`;
    return 'value' in match ? match.value : 'anything';
  });
  return `${what} ${not ? 'not to be' : 'to be'} ${values.join(' or ')}${any.length > 3 ? ', …' : ''}`;
}

/** The command that prints the document with which exactly this is allowed. */
function remedy({ caller }: Pick<Call, 'caller'>, { service, port }: Destination, request: RequestShape | undefined, decision: Decision): string {
  if (decision.kind === 'denied') return 'a DENY rule comes before every ALLOW rule: narrow it';
  if (decision.kind === 'ambiguous') return decision.what === 'path' ? 'ask without %2F and %5C, or let no rule look at the path' : 'ask for a plain host name';
  const what = request === undefined ? '' : ` --method ${request.method} --path ${splitTarget(request.path).path}`;
  return `to allow exactly this:  weft authz allow --from ${caller.namespace}/${caller.serviceAccount} --to ${service} --port ${port}${what}   (prints the document; --apply writes it)`;
}
