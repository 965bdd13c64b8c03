// What is wrong with documents together, along the calls that services make: 19xx. All of it works as written; it is said because it
// hardly can be meant.
import type { DiagnosticKind } from './diagnostics.ts';

export const GRAPH = {
  WEFT1901: {
    severity: 'warning',
    fate: 'applied',
    title: 'caller gives up first',
    docs: 'A timeout is shorter than what the callee may itself wait for a service that it calls. The caller then gives up while the callee goes on working for nobody.',
    hint: 'raise this timeout, or lower timeouts and attempts of the call behind it',
  },
  WEFT1902: {
    severity: 'warning',
    fate: 'applied',
    title: 'retries multiply',
    docs: 'Every service along a path retries, so one request at its beginning may become many at its end, just when that end is in trouble. Retry budgets limit this under load.',
    hint: 'retry at one place of the path only, best at its last call',
  },
  WEFT1903: {
    severity: 'warning',
    fate: 'applied',
    title: 'retry of an unsafe method',
    docs: 'Requests that may have reached an application are sent again although doing the same twice is not the same as doing it once (RFC 9110 §9.2.2).',
    hint: 'leave POST and PATCH out of methods, unless the application recognises a repeated request',
  },
  WEFT1904: {
    severity: 'warning',
    fate: 'applied',
    title: 'seen by nobody',
    docs: 'Scopes hide the service from every proxy whose calls the route decides about, so no request can reach the route.',
    hint: 'add the service to spec.services of a Scope of its callers',
  },
  WEFT1905: {
    severity: 'warning',
    fate: 'applied',
    title: 'backend without endpoints',
    docs: 'No workload is ready behind a backend of a rule, so its share of the requests is answered with 503.',
    hint: 'start a workload of that Service: weft run --service NAME -- COMMAND',
  },
  WEFT1906: {
    severity: 'warning',
    fate: 'applied',
    title: 'no time for a retry',
    docs: 'One try may take as long as the whole request, so a try that times out is never followed by another one.',
    hint: 'lower backendRequest, or raise request',
  },
  WEFT1907: {
    severity: 'warning',
    fate: 'applied',
    title: 'calls in a circle',
    docs: 'Services call each other in a circle. Such a mesh cannot be started from nothing, and a request that is passed on around the circle never ends.',
    hint: 'break the circle, or take the call that is not made out of the Scope',
  },
  WEFT1908: {
    severity: 'warning',
    title: 'holds nowhere',
    docs: 'A policy is for something that nobody can call, so none of its fields has an effect.',
    hint: 'correct its targets, or remove the policy',
  },
  WEFT1909: {
    severity: 'warning',
    title: 'rule never reached',
    docs: 'Every match of a rule is taken by matches that are tried before, so the rule never gets a request.',
    hint: 'remove the rule or make a match of it more specific',
  },
} as const satisfies Record<string, DiagnosticKind>;
