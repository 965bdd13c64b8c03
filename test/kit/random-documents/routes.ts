// Routes, and what belongs to them.
import fc from 'fast-check';
import { age, document, name, namespace } from './words.ts';

export const route = fc
  .record({
    namespace,
    name: fc.constantFrom('r1', 'r2'),
    age,
    parent: fc.record({ namespace, name, port: fc.option(fc.constantFrom(80, 81), { nil: undefined }) }),
    grpc: fc.constantFrom(false, false, false, true),
    rules: fc.array(
      fc.record({
        path: fc.constantFrom('/', '/a', '/a/b'),
        header: fc.option(fc.constantFrom('1', '2'), { nil: undefined }),
        backends: fc.array(fc.record({ namespace, name, weight: fc.constantFrom(0, 1, 9), kind: fc.constantFrom('', '', 'ExternalService', 'Subset') }), {
          maxLength: 2,
        }),
        filter: fc.constantFrom('', '', 'f1', 'f2'),
        mirror: fc.option(fc.record({ namespace, name }), { nil: undefined, freq: 4 }),
        timeout: fc.option(fc.constantFrom('1s', '0s'), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map((it) =>
    document(
      'gateway.networking.k8s.io/v1',
      it.grpc ? 'GRPCRoute' : 'HTTPRoute',
      { namespace: it.namespace, name: it.name, creationTimestamp: it.age },
      {
        parentRefs: [
          {
            group: '',
            kind: 'Service',
            namespace: it.parent.namespace,
            name: it.parent.name,
            ...(it.parent.port === undefined ? {} : { port: it.parent.port }),
          },
        ],
        rules: it.rules.map((rule) => ({
          matches: [
            {
              ...(it.grpc ? {} : { path: { type: 'PathPrefix', value: rule.path } }),
              ...(rule.header === undefined ? {} : { headers: [{ name: 'x-a', value: rule.header }] }),
            },
          ],
          filters: [
            ...(rule.filter === '' ? [] : [{ type: 'ExtensionRef', extensionRef: { group: 'weft.dev', kind: 'RouteFilter', name: rule.filter } }]),
            ...(rule.mirror === undefined ? [] : [{ type: 'RequestMirror', requestMirror: { backendRef: { ...rule.mirror, port: 80 } } }]),
          ],
          backendRefs: rule.backends.map(({ kind, ...backend }) => ({ ...backend, port: 80, ...(kind === '' ? {} : { group: 'weft.dev', kind }) })),
          ...(rule.timeout === undefined || it.grpc ? {} : { timeouts: { request: rule.timeout } }),
        })),
      },
    ),
  );

export const connectionRoute = fc
  .record({
    namespace,
    name: fc.constantFrom('r1', 'r2'),
    age,
    hostnames: fc.option(fc.uniqueArray(fc.constantFrom('*.x.test', 'a.x.test', 'b.test'), { minLength: 1 }), { nil: undefined }),
    parent: fc.record({ namespace, name, port: fc.option(fc.constantFrom(80, 81), { nil: undefined }) }),
    backends: fc.array(
      fc.record({
        namespace,
        name,
        weight: fc.constantFrom(0, 1, 9),
        kind: fc.constantFrom('', '', 'ExternalService', 'Subset'),
        port: fc.constantFrom(80, 81),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ parent: { port, ...parent }, hostnames, backends, age: creationTimestamp, ...metadata }) =>
    document(
      'gateway.networking.k8s.io/v1',
      hostnames === undefined ? 'TCPRoute' : 'TLSRoute',
      { ...metadata, creationTimestamp },
      {
        ...(hostnames === undefined ? {} : { hostnames }),
        parentRefs: [{ group: '', kind: 'Service', ...parent, ...(port === undefined ? {} : { port }) }],
        rules: [{ backendRefs: backends.map(({ kind, ...backend }) => ({ ...backend, ...(kind === '' ? {} : { group: 'weft.dev', kind }) })) }],
      },
    ),
  );

const REFERRING = ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'ExternalAuthorizationPolicy', 'ExtensionPolicy', 'RequestAuthenticationPolicy'];

/** What belongs to routes: filters (some ask for the caller), parts of services, grants. */
export const routeKind = fc.oneof(
  fc
    .record({
      namespace,
      name: fc.constantFrom('f1', 'f2'),
      match: fc.constantFrom<Readonly<Record<string, unknown>>>(
        { source: { namespaces: ['a'] } },
        { source: { labels: { app: 'x' }, not: true } },
        { headers: [{ name: 'x-b', type: 'Present' }] },
      ),
      respond: fc.boolean(),
    })
    .map(({ match, respond, ...metadata }) =>
      document('weft.dev/v1alpha1', 'RouteFilter', metadata, { match, ...(respond ? { directResponse: { statusCode: 418 } } : {}) }),
    ),
  fc
    .record({ namespace, name, service: name, app: fc.constantFrom('x', 'y') })
    .map(({ service: whole, app, ...metadata }) => document('weft.dev/v1alpha1', 'Subset', metadata, { service: whole, selector: { app } })),
  fc.record({ namespace, name: fc.constant('g'), from: namespace, kind: fc.constantFrom(...REFERRING) }).map(({ from, kind, ...metadata }) =>
    document('gateway.networking.k8s.io/v1', 'ReferenceGrant', metadata, {
      from: [{ group: kind.endsWith('Policy') ? 'weft.dev' : 'gateway.networking.k8s.io', kind, namespace: from }],
      to: [
        { group: '', kind: 'Service' },
        { group: 'weft.dev', kind: 'Subset' },
      ],
    }),
  ),
);
