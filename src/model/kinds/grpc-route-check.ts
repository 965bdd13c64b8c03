import { checkBackendObject } from './backend-ref.ts';
import type { GrpcMatchSpec, GrpcRouteSpec, GrpcRuleSpec } from './grpc-route.ts';
import type { Checked, Report } from './kind.ts';
import { checkRouteFrame } from './parent-ref-check.ts';
import { checkFilters } from './route-filters-check.ts';
import { checkRepeated, checkRuleNames, checkWeights } from './route-rules-check.ts';
import { checkSession } from './session-persistence.ts';

/** What the schema of a GRPCRoute cannot say: Gateway API's cross-field rules. */
export function checkGrpcRoute({ spec }: Checked<GrpcRouteSpec>, report: Report): void {
  checkRouteFrame(spec, report);
  checkRuleNames(spec.rules, report);
  for (const [at, rule] of spec.rules.entries()) checkRule(rule, `spec.rules[${at}]`, report);
}

function checkRule(rule: GrpcRuleSpec, path: string, report: Report): void {
  for (const [at, match] of rule.matches.entries()) checkMatch(match, `${path}.matches[${at}]`, report);
  checkFilters(rule.filters, { path: `${path}.filters`, onePrefix: false }, report);
  for (const [at, backend] of rule.backendRefs.entries()) {
    const here = `${path}.backendRefs[${at}]`;
    checkBackendObject(backend, here, report);
    checkFilters(backend.filters, { path: `${here}.filters`, onePrefix: false }, report);
  }
  checkWeights(rule.backendRefs, `${path}.backendRefs`, report);
  checkSession(rule.sessionPersistence, { path: `${path}.sessionPersistence`, backends: rule.backendRefs.length }, report);
}

const SERVICE = /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i;
const METHOD = /^[A-Za-z_][A-Za-z_0-9]*$/;

function checkMatch({ method, headers }: GrpcMatchSpec, path: string, report: Report): void {
  checkRepeated(
    headers.map((header) => header.name.toLowerCase()),
    `${path}.headers`,
    report,
  );
  if (method === undefined) return;
  const { type, service = '', method: name = '' } = method;
  if (service === '' && name === '') report('WEFT1206', `${path}.method`, 'service or method must be given');
  if (type !== 'Exact') return;
  if (service !== '' && !SERVICE.test(service)) report('WEFT1204', `${path}.method.service`, `"${service}" is not the full name of a gRPC service`);
  if (name !== '' && !METHOD.test(name)) report('WEFT1204', `${path}.method.method`, `"${name}" is not the name of a gRPC method`);
}
