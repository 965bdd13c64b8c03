import type { Diagnostic, Origin } from '../../base/index.ts';
import { diagnostic, type ServiceKey } from '../../model/index.ts';
import { holdings } from '../plan/policies.ts';
import type { RetryPlan } from '../plan.ts';
import type { Survey } from './findings.ts';
import { type ForwardRoute, namespaceOf, routesSeenFrom } from './patience.ts';

/** More requests at the end of a path than this for one at its beginning is worth a word. */
export const MOST_AMPLIFICATION = 8;

/** Conditions under which no application has seen the request: such retries multiply nothing. */
const NOT_REACHED: ReadonlySet<string> = new Set(['connect-failure', 'refused-stream', 'reset-before-request']);

/** What is tried again although an application may have seen it. */
function lateConditions({ attempts, on, statusCodes, responseHeaders }: RetryPlan): readonly string[] {
  if (attempts === 0) return [];
  return [...on.filter((each) => !NOT_REACHED.has(each)), ...statusCodes.map(String), ...responseHeaders.map((name) => `header ${name}`)];
}

const DECISIVE: ReadonlySet<string> = new Set(['attempts', 'on', 'statusCodes', 'responseHeaders', 'methods']);

/** Whether a document says how often or on what. The defaults try resets of safe methods again, within a budget: nobody needs to hear that. */
function isDecided({ acting }: ForwardRoute): boolean {
  const retries =
    holdings(acting)
      .find(({ definition }) => definition.kind.kind === 'RetryPolicy')
      ?.effective.fields.values() ?? [];
  return [...retries].some(({ path, from }) => DECISIVE.has(path) && (from.policy !== undefined || from.origin.kind.endsWith('Route')));
}

interface Factor {
  readonly times: number;
  readonly origin: Origin;
}

/** How often a call of the namespace may arrive at applications of the service. */
function factorOf({ mesh }: Survey, service: ServiceKey, namespace: string): Factor | undefined {
  let most: Factor | undefined;
  for (const route of routesSeenFrom(mesh, service, namespace)) {
    const { action, origin } = route;
    const times = isDecided(route) && lateConditions(action.retry).length > 0 ? action.retry.attempts + 1 : 1;
    if (times > (most?.times ?? 0)) most = { times, origin: times === 1 ? origin : action.retry.origin };
  }
  return most;
}

interface Path {
  readonly services: readonly ServiceKey[];
  readonly times: number;
  readonly factors: readonly number[];
  readonly last: Origin;
}

/** WEFT1902, for paths that begin at this service because nobody is known to call it. */
export function amplificationFindings(survey: Survey, root: ServiceKey): readonly Diagnostic[] {
  if (survey.graph.to(root).length > 0 || survey.graph.from(root).length === 0) return [];
  const first = factorOf(survey, root, '');
  const start: Path = { services: [root], times: first?.times ?? 1, factors: first === undefined ? [] : [first.times], last: NOWHERE };
  const worst = worstPath(survey, start, { left: 1000 });
  if (worst === undefined || worst.times <= MOST_AMPLIFICATION) return [];
  const names = worst.services.map((each) => each.slice(each.indexOf('/') + 1)).join(' → ');
  const text = `one request to ${names} may become ${worst.times} at its end (${worst.factors.join(' × ')})`;
  return [diagnostic('WEFT1902', worst.last, text)];
}

const NOWHERE: Origin = { kind: 'Mesh', namespace: '', name: 'default', path: '' };

/** Depth first; `budget` bounds the steps, since the paths of a dense graph are without number. */
function worstPath(survey: Survey, path: Path, budget: { left: number }): Path | undefined {
  let worst: Path | undefined;
  const here = path.services.at(-1);
  if (here === undefined || budget.left-- <= 0) return undefined;
  for (const { to } of survey.graph.from(here)) {
    const factor = path.services.includes(to) ? undefined : factorOf(survey, to, namespaceOf(here));
    if (factor === undefined) continue;
    const services = [...path.services, to];
    const times = path.times * factor.times;
    const next: Path = { services, times, factors: [...path.factors, factor.times], last: factor.times > 1 ? factor.origin : path.last };
    for (const each of [next, worstPath(survey, next, budget)]) if (each !== undefined && each.times > (worst?.times ?? 0)) worst = each;
  }
  return worst;
}

/** RFC 9110 §9.2.2: everything else may be done twice. */
const NOT_IDEMPOTENT: ReadonlySet<string> = new Set(['POST', 'PATCH', 'CONNECT']);

/** WEFT1903, for routes to the service. */
export function unsafeRetryFindings({ mesh }: Survey, service: ServiceKey): readonly Diagnostic[] {
  return routesSeenFrom(mesh, service, '').flatMap((route) => unsafeRetry(route));
}

function unsafeRetry({ action: { retry }, acting }: ForwardRoute): readonly Diagnostic[] {
  const late = lateConditions(retry).filter((each) => !FOR_ANY_METHOD.has(each));
  const unsafe = retry.methods.filter((method) => method === '*' || NOT_IDEMPOTENT.has(method)).map((method) => (method === '*' ? 'every method' : method));
  if (acting.site.protocol === 'grpc' || unsafe.length === 0 || late.length === 0) return [];
  const methods = holdings(acting)
    .find(({ definition }) => definition.kind.kind === 'RetryPolicy')
    ?.effective.fields.get('methods');
  return [
    diagnostic(
      'WEFT1903',
      methods?.from.origin ?? retry.origin,
      `${unsafe.join(' and ')} is sent again on ${late.join(', ')}, when the application may have done it already`,
    ),
  ];
}

/** gRPC has only the method POST, so who names one of its statuses has decided. */
const FOR_ANY_METHOD: ReadonlySet<string> = new Set(
  ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'].map((status) => `grpc-${status}`),
);
