// What is wrong with AuthorizationPolicy: 2120–2149.
import type { DiagnosticKind } from './diagnostics.ts';

export const AUTHORIZATION = {
  WEFT2120: {
    severity: 'error',
    title: 'value cannot be compared',
    docs: 'A value of an AuthorizationPolicy is not of the form its field has: a SPIFFE ID, a service account, a block of addresses, a path as proxies see it, a key of `when`. The document is left out.',
    hint: 'see the page of AuthorizationPolicy',
  },
  WEFT2121: {
    severity: 'warning',
    title: 'policy about no request',
    docs: 'A DENY or AUDIT policy without rules is about nothing; an ALLOW policy without rules denies everything.',
    hint: 'rules: [{}] is about every request',
  },
  WEFT2122: {
    severity: 'error',
    title: 'for the whole mesh only from weft-system',
    docs: 'Rules of AuthorizationPolicies add up, so a policy for the whole mesh that anybody could write would let callers into services of others. Only those of namespace weft-system are heard.',
    hint: 'put it into namespace weft-system, or make its target the Namespace',
  },
  WEFT2123: {
    severity: 'error',
    title: 'route inside the mesh',
    docs: 'A route with a Service as its parent is taken by the proxies of callers, who would decide about themselves. Policies for routes are enforced at Gateways alone.',
    hint: 'make the Service the target: its proxies enforce it',
  },
  WEFT2124: {
    severity: 'warning',
    title: 'port is nobody’s',
    docs: 'Ports in rules are those on which applications listen (a Service’s targetPort). None of the workloads the policy is for has this one.',
    hint: 'write the port of the application, not that of the Service',
  },
  WEFT2125: {
    severity: 'warning',
    title: 'no requests on a TCP port',
    docs: 'A rule speaks of methods, paths, hosts, headers or tokens, and the port (or the listener of a Gateway) carries bytes of which nothing is read. There a rule that allows is about nothing, and a rule that denies denies whatever the rest of it is about: both fail closed.',
    hint: 'say which ports the rule is for, or declare the port’s appProtocol',
  },
  WEFT2126: {
    severity: 'warning',
    title: 'a server that speaks first has spoken',
    docs: 'On a TCP port callers are let in by a list of identities in the TLS handshake. What such a list cannot say (addresses, exceptions), and everything at a TCP listener of a Gateway, is asked with the first byte a caller sends; until then it may hear what the server says by itself.',
    hint: 'say it with principals, serviceAccounts or namespaces alone',
    fate: 'applied',
  },
  WEFT2127: {
    severity: 'warning',
    title: 'not enforced there',
    docs: 'A Gateway’s listener of UDP has neither requests nor connections to decide about, and selectors of workloads are not asked at the proxies of a Gateway: the policy is not enforced there.',
    hint: 'make the Service behind it the target',
  },
  WEFT2128: {
    severity: 'warning',
    title: 'selects nobody',
    docs: 'No workload has the labels of the policy’s selector, so it is enforced nowhere.',
    hint: 'weft get workloads shows their labels',
  },
  WEFT2129: {
    severity: 'warning',
    title: 'nobody can match',
    docs: 'A rule that allows names callers whom no workload of the mesh is. Perhaps they are to come; perhaps the name is mistyped.',
    hint: 'weft get workloads -A -o wide shows service accounts',
    fate: 'applied',
  },
  WEFT2130: {
    severity: 'warning',
    title: 'denied anyway',
    docs: 'Everything that a rule allows is denied by a rule of another policy: DENY comes first.',
    hint: 'narrow the DENY rule, or remove the ALLOW rule',
    fate: 'applied',
  },
} as const satisfies Record<string, DiagnosticKind>;
