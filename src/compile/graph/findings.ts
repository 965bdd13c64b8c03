// Checks along the calls that services make: what works as written and hardly can be meant. Pure, and asked on demand: it costs the
// plans of the services that are looked at.
import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { type DocumentKey, type HttpRoute, type Mesh, type Policy, routesOfService, type ServiceKey, splitServiceKey } from '../../model/index.ts';
import { authorizationFindings } from './authorization.ts';
import { type CallGraph, callGraph, type ObservedCall } from './calls.ts';
import { cycleFindings } from './cycles.ts';
import { Patience } from './patience.ts';
import { emptyBackendFindings, reachFindings } from './reach.ts';
import { amplificationFindings, unsafeRetryFindings } from './retries.ts';
import { timeoutFindings } from './timeouts.ts';

export interface SurveyOptions {
  /** Calls that were seen, beside those that documents declare. */
  readonly observed?: readonly ObservedCall[];
  /** Only these services and who calls them or is called by them; all of them when absent. */
  readonly around?: ReadonlySet<ServiceKey>;
}

/** What the checks look at. */
export interface Survey {
  readonly mesh: Mesh;
  readonly graph: CallGraph;
  readonly patience: Patience;
}

/** Everything the graph checks find, each once, sorted by document. */
export function graphFindings(mesh: Mesh, options: SurveyOptions = {}): readonly Diagnostic[] {
  const steps = graphSteps(mesh, options);
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/** The same, service by service, so that whoever runs it can do something else meanwhile. */
export function* graphSteps(mesh: Mesh, options: SurveyOptions = {}): Generator<undefined, readonly Diagnostic[]> {
  const graph = callGraph(mesh, options.observed);
  const survey: Survey = { mesh, graph, patience: new Patience(mesh, graph) };
  const services = servicesAround(mesh, graph, options.around);
  const routes = new Map<DocumentKey, HttpRoute>();
  const found: Diagnostic[] = [];
  for (const service of services) {
    yield;
    for (const route of routesOfService(mesh, service)) routes.set(route.key, route);
    for (const check of CHECKS) found.push(...check(survey, service));
  }
  for (const route of routes.values()) {
    yield;
    found.push(...reachFindings(survey, route));
  }
  for (const policy of policiesAround(mesh, services)) {
    yield;
    found.push(...authorizationFindings(mesh, policy));
  }
  return distinct([...found, ...cycleFindings(survey, services)]).sort((a, b) => byCodeUnit(placeOf(a), placeOf(b)));
}

const CHECKS = [timeoutFindings, amplificationFindings, unsafeRetryFindings, emptyBackendFindings] as const;

/** Policies of the namespaces of these services, and those for everything. */
function policiesAround(mesh: Mesh, services: readonly ServiceKey[]): readonly Policy[] {
  const namespaces = new Set(services.map((key) => splitServiceKey(key).namespace));
  return [...mesh.policies.values()].filter(({ namespace, targets }) => namespaces.has(namespace) || targets.some(({ kind }) => kind === 'Mesh'));
}

function servicesAround(mesh: Mesh, graph: CallGraph, around: ReadonlySet<ServiceKey> | undefined): readonly ServiceKey[] {
  if (around === undefined) return ([...mesh.services.keys()] as ServiceKey[]).sort(byCodeUnit);
  const found = new Set<ServiceKey>();
  const callersOf = (service: ServiceKey): void => {
    if (found.has(service)) return;
    found.add(service);
    for (const call of graph.to(service)) callersOf(call.from);
  };
  for (const service of around) {
    callersOf(service);
    for (const call of graph.from(service)) found.add(call.to);
  }
  return [...found].filter((service) => mesh.services.has(service)).sort(byCodeUnit);
}

const placeOf = ({ at, code }: Diagnostic): string => `${at.kind} ${at.namespace}/${at.name} ${at.path} ${code}`;

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((each) => [`${placeOf(each)} ${each.message}`, each])).values()];
}
