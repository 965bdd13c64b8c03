import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import { documentDiagnostics, expiryDiagnostics, gatewayReport, listenerSetReport } from '../compile/index.ts';
import { documentKey, gatewayKey } from '../model/index.ts';
import type { Condition, Programmed } from './conditions.ts';
import { gatewayClassStatus, gatewayStatus, listenerSetStatus } from './gateway-status.ts';

const PROXY = `
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: edge-1, namespace: edge }
spec: { address: 10.0.0.9, serviceAccount: edge, gateway: edge, proxy: { capture: { mode: none }, bind: 0.0.0.0 } }
---`;
const gateway = (listeners: string, spec = ''): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: edge, generation: 3 }
spec: { gatewayClassName: weft, ${spec} listeners: [${listeners}] }
---`;
const RUNS: Programmed = { kind: 'counted', running: 1, total: 1, refused: 0, words: '' };

/** `Type=Status Reason` of each condition. */
const short = (conditions: unknown): readonly string[] => (conditions as readonly Condition[]).map(({ type, status, reason }) => `${type}=${status} ${reason}`);

function statusOf(text: string, kind = 'Gateway', programmed: Programmed = RUNS) {
  const { documents } = documentsOf(text);
  const mesh = meshOf(documents);
  const document = documents.find((each) => each.kind === kind);
  if (document === undefined) throw new Error(`there is no ${kind}`);
  const findings = { document, diagnostics: documentDiagnostics(mesh, documentKey(document)), programmed, now: 0 };
  const id = gatewayKey(document.metadata.namespace, document.metadata.name);
  if (kind === 'GatewayClass') return gatewayClassStatus(findings);
  return kind === 'Gateway' ? gatewayStatus(findings, gatewayReport(mesh, id)) : listenerSetStatus(findings, listenerSetReport(mesh, id));
}

/** Name, attached routes and conditions of each listener. */
function listenersOf(status: Readonly<Record<string, unknown>>) {
  const all = status['listeners'] as readonly { readonly name: string; readonly attachedRoutes: number; readonly conditions: unknown }[];
  return Object.fromEntries(all.map(({ name, attachedRoutes, conditions }) => [name, [attachedRoutes, ...short(conditions)]]));
}

const GOOD = ['Accepted=True Accepted', 'Programmed=True Programmed', 'ResolvedRefs=True ResolvedRefs', 'Conflicted=False NoConflicts'];

describe('a Gateway', () => {
  test('that is served says where, and how many routes each listener has', () => {
    const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: r, namespace: edge }
spec: { parentRefs: [{ name: edge }], rules: [{}] }
---`;
    const status = statusOf(
      PROXY + route + gateway('{ name: a, port: 80, protocol: HTTP }, { name: b, port: 81, protocol: http, allowedRoutes: { kinds: [{ kind: GRPCRoute }] } }'),
    );
    expect(short(status['conditions'])).toEqual(['Accepted=True Accepted', 'Programmed=True Programmed', 'ResolvedRefs=True ResolvedRefs']);
    expect(status['addresses']).toEqual([{ type: 'IPAddress', value: '10.0.0.9' }]);
    expect(listenersOf(status)).toEqual({ a: [1, ...GOOD], b: [0, ...GOOD] });
  });

  test('with indistinct listeners serves none of them, and is accepted as long as one is left', () => {
    const clash = '{ name: a, port: 80, protocol: HTTP }, { name: b, port: 80, protocol: HTTPS, tls: { certificateRefs: [{ name: none }] } }';
    const one = statusOf(PROXY + gateway(`${clash}, { name: c, port: 81, protocol: HTTP }`));
    expect(short(one['conditions'])).toEqual(['Accepted=True ListenersNotValid', 'Programmed=True Programmed', 'ResolvedRefs=False ListenersNotResolved']);
    expect(listenersOf(one)).toEqual({
      a: [0, 'Accepted=False ProtocolConflict', 'Programmed=False ProtocolConflict', 'ResolvedRefs=True ResolvedRefs', 'Conflicted=True ProtocolConflict'],
      b: [
        0,
        'Accepted=False ProtocolConflict',
        'Programmed=False ProtocolConflict',
        'ResolvedRefs=False InvalidCertificateRef',
        'Conflicted=True ProtocolConflict',
      ],
      c: [0, ...GOOD],
    });
    const none = statusOf(PROXY + gateway(clash));
    expect(short(none['conditions']).slice(0, 2)).toEqual(['Accepted=False ListenersNotValid', 'Programmed=False Invalid']);
  });

  test('says what a listener cannot do', () => {
    const tls = (ref: string) => `tls: { certificateRefs: [{ ${ref} }] }`;
    const status = statusOf(
      PROXY +
        gateway(
          `{ name: udp, port: 53, protocol: SCTP }, { name: foreign, port: 443, protocol: HTTPS, ${tls('name: a, namespace: other')} },
           { name: kind, port: 444, protocol: HTTPS, ${tls('kind: ConfigMap, name: a')} },
           { name: routes, port: 80, protocol: HTTP, allowedRoutes: { kinds: [{ kind: TCPRoute }, { kind: HTTPRoute }] } }`,
        ),
    );
    const found = listenersOf(status);
    expect([found['udp']?.[1], found['foreign']?.[3], found['kind']?.[3], found['routes']?.[3]]).toEqual([
      'Accepted=False UnsupportedProtocol',
      'ResolvedRefs=False RefNotPermitted',
      'ResolvedRefs=False InvalidCertificateRef',
      'ResolvedRefs=False InvalidRouteKinds',
    ]);
    const [routes] = (status['listeners'] as readonly { readonly name: string; readonly supportedKinds: unknown }[]).filter(({ name }) => name === 'routes');
    expect(routes?.supportedKinds).toEqual([{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }]);
  });

  test('nobody serves, refused by a machine, or of a class of somebody else', () => {
    const http = '{ name: a, port: 80, protocol: HTTP }';
    expect(short(statusOf(gateway(http))['conditions'])).toContain('Programmed=False NoResources');
    const words = "listener gateway:80: cannot bind '127.0.0.1:80': Permission denied";
    const refused = statusOf(PROXY + gateway(http), 'Gateway', { kind: 'counted', running: 0, total: 1, refused: 1, words });
    expect(short(refused['conditions'])).toContain('Programmed=False AddressNotUsable');
    expect(short(statusOf(gateway(http).replace('gatewayClassName: weft', 'gatewayClassName: other'))['conditions'])).toContain('Accepted=Unknown Pending');
    const others = `apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: { name: weft }\nspec: { controllerName: example.com/other }\n---`;
    expect(statusOf(others + gateway(http))).toEqual({});
    expect(statusOf(others, 'GatewayClass')).toEqual({});
  });
});

test('proxies of a kube cluster that are connected to another replica are not waited for', () => {
  const made = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: made }
spec: { controllerName: weft.dev/gateway-controller }
---
apiVersion: v1
kind: Service
metadata: { name: edge-weft, namespace: edge, labels: { gateway.networking.k8s.io/gateway-name: edge } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
status: { loadBalancer: { ingress: [{ ip: 10.9.9.9 }] } }
---
${gateway('{ name: a, port: 80, protocol: HTTP }').replace('gatewayClassName: weft', 'gatewayClassName: made')}`;
  const said = (state: string): readonly string[] => {
    const pod = PROXY.replace('gateway: edge,', `gateway: edge, state: ${state},`);
    return short(statusOf(`${pod}${made}`, 'Gateway', { kind: 'counted', running: 0, total: 0, refused: 0, words: '' })['conditions']);
  };
  expect(said('Starting')).toContain('Programmed=Unknown Pending');
  expect(said('Ready')).toContain('Programmed=True Programmed');
});

test('a certificate that clients refuse at this time is told at its Secret and at the listener', () => {
  const folder = mkdtempSync(join(tmpdir(), 'expiry-'));
  const [key, certificate] = [join(folder, 'key'), join(folder, 'crt')];
  const made = ['req', '-x509', '-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', '/CN=a.test'];
  execFileSync('openssl', [...made, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const data = { 'tls.crt': readFileSync(certificate, 'base64'), 'tls.key': readFileSync(key, 'base64') };
  rmSync(folder, { recursive: true });
  const secret = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert', namespace: 'edge' }, type: 'kubernetes.io/tls', data });
  const { documents } = documentsOf(`${gateway('{ name: a, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: cert }] } }')}\n${secret}`);
  const mesh = meshOf(documents);
  const said = (days: number): readonly string[] =>
    documents
      .flatMap((each) => expiryDiagnostics(mesh, documentKey(each), Date.now() + days * 86_400_000))
      .map((one) => `${one.at.kind} ${one.code} ${one.message.replace(/ on .*/, '')}`);
  expect(said(1)).toEqual([]);
  expect(said(3)).toEqual(['Gateway WEFT1615 the certificate of Secret edge/cert has expired', 'Secret WEFT1615 the certificate has expired']);
  expect(said(-3)[1]).toMatch(/is valid only from/);
});

describe('a ListenerSet', () => {
  const set = (listeners: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: more, namespace: shop }
spec: { parentRef: { name: edge, namespace: edge }, listeners: [${listeners}] }
---`;
  const http = '{ name: a, port: 80, protocol: HTTP }';

  test('is attached where the Gateway allows it, and gives way to it', () => {
    const allowed = gateway(http, 'allowedListeners: { namespaces: { from: All } },');
    const status = statusOf(PROXY + allowed + set(`${http}, { name: b, port: 81, protocol: HTTP }`), 'ListenerSet');
    expect(short(status['conditions'])).toEqual(['Accepted=True ListenersNotValid', 'Programmed=True Programmed']);
    expect(listenersOf(status)['a']?.[4]).toBe('Conflicted=True HostnameConflict');
    expect(listenersOf(status)['b']).toEqual([0, ...GOOD]);
    expect(statusOf(PROXY + allowed + set('{ name: b, port: 81, protocol: HTTP }'))['attachedListenerSets']).toBe(1);
    // One that the Gateway has taken already takes nothing away from its neighbours.
    const taken = set('{ name: t, port: 80, protocol: TCP }, { name: c, port: 80, hostname: c.test, protocol: HTTP }');
    expect(listenersOf(statusOf(PROXY + allowed + taken, 'ListenerSet'))['t']?.[4]).toBe('Conflicted=True ProtocolConflict');
    expect(listenersOf(statusOf(PROXY + allowed + taken, 'ListenerSet'))['c']).toEqual([0, ...GOOD]);
    // One that serves nothing is not accepted, and does not count.
    expect(short(statusOf(PROXY + allowed + set(http), 'ListenerSet')['conditions'])).toEqual([
      'Accepted=False ListenersNotValid',
      'Programmed=False ListenersNotValid',
    ]);
    expect(statusOf(PROXY + allowed + set(http))['attachedListenerSets']).toBe(0);
  });

  test('says why it is not', () => {
    expect(short(statusOf(gateway(http) + set(http), 'ListenerSet')['conditions'])).toEqual(['Accepted=False NotAllowed', 'Programmed=False NotAllowed']);
    expect(short(statusOf(set(http), 'ListenerSet')['conditions'])).toEqual(['Accepted=False ParentNotAccepted', 'Programmed=False ParentNotProgrammed']);
  });
});
