// Policies: some that meet field by field, and one of each other kind.
import fc from 'fast-check';
import { age, document, name, namespace } from './words.ts';

export const policy = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    kind: fc.constantFrom('TimeoutPolicy', 'RetryPolicy'),
    target: fc.oneof(
      fc.constant({ kind: 'Mesh', name: 'default' }),
      namespace.map((it) => ({ kind: 'Namespace', name: it })),
      fc.record({ kind: fc.constant('Service'), namespace, name, sectionName: fc.constantFrom('80', 'http') }),
      fc.record({ kind: fc.constant('Service'), namespace, name }),
      fc.record({ kind: fc.constant('ExternalService'), namespace, name: fc.constantFrom('s1', 'e1') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2'), sectionName: fc.constantFrom('0', '1') }),
    ),
    request: fc.constantFrom('3s', '0s'),
    attempts: fc.constantFrom(0, 5),
  })
  .map(({ kind, target, request, attempts, age: creationTimestamp, ...metadata }) =>
    document(
      'weft.dev/v1alpha1',
      kind,
      { ...metadata, creationTimestamp },
      { targetRefs: [target], ...(kind === 'TimeoutPolicy' ? { request } : { attempts }) },
    ),
  );

export const connecting = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    target: fc.oneof(
      fc.constant({ kind: 'Mesh', name: 'default' }),
      namespace.map((it) => ({ kind: 'Namespace', name: it })),
      fc.record({ kind: fc.constant('Service'), namespace, name, sectionName: fc.constantFrom('80', 'p80') }),
      fc.record({ kind: fc.constant('Service'), namespace, name }),
    ),
    said: fc.constantFrom<readonly [string, Readonly<Record<string, unknown>>]>(
      ['RetryPolicy', { attempts: 1, on: ['5xx'], methods: ['POST'], budget: { percent: 5 } }],
      ['RetryPolicy', { on: ['gateway-error'], methods: ['*'], hedge: { onPerTryTimeout: true } }],
      ['RateLimitPolicy', { limits: [{ name: 'x', requests: 1, by: [{ kind: 'ServiceAccount' }] }], tcp: { maxConnections: 1 } }],
      ['RateLimitPolicy', { enforcement: 'DryRun', tcp: { newConnections: { connections: 2 } } }],
      ['MutualTLSPolicy', { mode: 'Permissive' }],
      ['ObjectivePolicy', { availability: 99.9 }],
      ['TelemetryPolicy', { tracing: { percent: 5, tags: [{ name: 'x', header: 'x-tenant' }] } }],
      ['TelemetryPolicy', { accessLogs: { when: { percent: 1 }, to: [{ type: 'Stdout' }] } }],
      ['RequestAuthenticationPolicy', { issuers: [{ issuer: 'i', audiences: ['a'], keys: { remote: { uri: 'http://s1.a.mesh/keys' } } }] }],
      [
        'RequestAuthenticationPolicy',
        { requirement: 'Required', issuers: [{ issuer: 'j', audiences: ['a'], keys: { remote: { uri: 'https://x.example/keys' } } }] },
      ],
      ['ExternalAuthorizationPolicy', { protocol: 'GRPC', service: { name: 's2', namespace: 'a', port: 80 } }],
      ['ExternalAuthorizationPolicy', { protocol: 'HTTP', service: { kind: 'ExternalService', name: 'e1', port: 443 }, failureMode: 'Allow' }],
      ['MutualTLSPolicy', { mode: 'Disabled', ports: [{ port: 8080, mode: 'Strict' }] }],
      ['MutualTLSPolicy', { ports: [{ port: 8080, mode: 'Disabled' }] }],
      ['FaultPolicy', { until: '2030-01-01T00:00:00Z', faults: [{ abort: { status: 503 } }] }],
      ['FaultPolicy', { for: '1h', faults: [{ from: [{ namespace: 'a' }], delay: { fixed: '1s' } }] }],
      ['AuthorizationPolicy', { rules: [{ from: [{ source: { serviceAccounts: ['a/one'] } }], to: [{ operation: { paths: ['/a'] } }] }] }],
      ['AuthorizationPolicy', { action: 'DENY', rules: [{ from: [{ source: { namespaces: ['b'] } }] }] }],
      ['AuthorizationPolicy', { enforcement: 'DryRun', rules: [{ to: [{ operation: { methods: ['GET'] } }] }] }],
      ['LoadBalancingPolicy', { algorithm: 'RoundRobin' }],
      ['LoadBalancingPolicy', { algorithm: 'Maglev', hashOn: [{ source: true }] }],
      ['LoadBalancingPolicy', { locality: { mode: 'Prefer' } }],
      ['LoadBalancingPolicy', { locality: { mode: 'Require', nearest: 'Node', failover: [{ from: 'north', to: ['south'] }] } }],
      ['LoadBalancingPolicy', { locality: { mode: 'None' } }],
      ['CircuitBreakerPolicy', { limits: { requests: 7 }, inbound: { requests: 3 } }],
      ['HealthCheckPolicy', { type: 'HTTP', http: { path: '/live' } }],
      [
        'AuthorizationPolicy',
        { rules: [{ from: [{ source: { namespaces: ['a'], notServiceAccounts: ['a/one'] } }], to: [{ operation: { ports: [8080] } }] }] },
      ],
      ['AuthorizationPolicy', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/a*'] } }] }] }],
      ['AuthorizationPolicy', { enforcement: 'DryRun', rules: [{ from: [{ source: { serviceAccounts: ['a/one'] } }] }] }],
      ['AuthorizationPolicy', { action: 'AUDIT', rules: [{}] }],
      ['ConnectionPolicy', { maxAge: '1m', application: { proxyProtocol: 'V2' } }],
      ['ConnectionPolicy', { tcpIdle: '9m' }],
    ),
  })
  .map(({ said: [kind, spec], target, age: creationTimestamp, ...metadata }) =>
    document('weft.dev/v1alpha1', kind, { ...metadata, creationTimestamp }, { targetRefs: [target], ...spec }),
  );

/** Processors that callers ask for a route. */
export const processing = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    target: fc.record({ kind: fc.constantFrom('HTTPRoute', 'GRPCRoute'), name: fc.constantFrom('r1', 'r2') }),
    service: fc.record({ namespace, name, port: fc.constantFrom(80, 81) }),
  })
  .map(({ target, service, age: creationTimestamp, ...metadata }) =>
    document('weft.dev/v1alpha1', 'ExtensionPolicy', { ...metadata, creationTimestamp }, { targetRefs: [target], extProc: { service } }),
  );

/** Faults at callers, and limits that nobody counts there. */
export const faulting = fc
  .record({
    namespace,
    name: fc.constantFrom('p1', 'p2'),
    age,
    target: fc.oneof(
      fc.record({ kind: fc.constant('ExternalService'), namespace, name: fc.constantFrom('s1', 'e1') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2'), sectionName: fc.constantFrom('0', '1') }),
      fc.record({ kind: fc.constant('HTTPRoute'), name: fc.constantFrom('r1', 'r2') }),
    ),
    limits: fc.boolean(),
    status: fc.constantFrom(418, 503),
  })
  .filter(({ target, limits }) => !limits || target.kind === 'HTTPRoute')
  .map(({ target, limits, status, age: creationTimestamp, ...metadata }) =>
    document(
      'weft.dev/v1alpha1',
      limits ? 'RateLimitPolicy' : 'FaultPolicy',
      { ...metadata, creationTimestamp },
      { targetRefs: [target], ...(limits ? { limits: [{ name: 'x', requests: 1 }] } : { until: '2030-01-01T00:00:00Z', faults: [{ abort: { status } }] }) },
    ),
  );
