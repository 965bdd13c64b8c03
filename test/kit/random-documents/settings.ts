// Who is sent what, and the Mesh itself.
import fc from 'fast-check';
import { document, namespace } from './words.ts';

export const scope = fc
  .record({
    namespace,
    name: fc.constantFrom('c1', 'c2'),
    app: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    services: fc.array(fc.constantFrom('s1', 'a/s2', 'b/e1', 'b/*', '*', 'nobody'), { maxLength: 3 }),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'Scope',
      { namespace: it.namespace, name: it.name },
      { selector: it.app === undefined ? {} : { app: it.app }, services: it.services },
    ),
  );

export const settings = fc
  .record({
    trustDomain: fc.constantFrom('one.example', 'two.example'),
    mode: fc.constantFrom('AllowAny', 'RegisteredOnly'),
    attempts: fc.constantFrom(0, 2),
    timeout: fc.constantFrom('3s', '15s'),
    connect: fc.constantFrom('1s', '2s'),
    traced: fc.constantFrom(undefined, 1, 50),
    scoping: fc.constantFrom({ mode: 'All' }, {}, { fallback: { namespace: 'a', name: 's3' } }),
  })
  .map((it) =>
    document(
      'weft.dev/v1alpha1',
      'Mesh',
      { namespace: '', name: 'default' },
      {
        trustDomain: it.trustDomain,
        scoping: it.scoping,
        outbound: { mode: it.mode },
        ...(it.traced === undefined ? {} : { telemetry: { tracing: { percent: it.traced } } }),
        traffic: { requestTimeout: it.timeout, connectTimeout: it.connect, retries: { attempts: it.attempts } },
      },
    ),
  );

export const learned = fc
  .record({ namespace, account: fc.constantFrom('one', 'two'), services: fc.uniqueArray(fc.constantFrom('a/s1', 'a/s2', 'b/s1', 'b/gone'), { maxLength: 3 }) })
  .map(({ namespace: ns, account, services }) =>
    document('weft.dev/v1alpha1', 'LearnedScope', { namespace: ns, name: account }, { serviceAccount: account, services }),
  );
