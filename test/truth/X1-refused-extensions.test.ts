// X1: whatever is wrong with a patch or a program in a way that only Envoy knows is refused before any proxy sees it: with Envoy's words on the
// document, at no cost to others.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const URL = 'http://checkout.shop.mesh/';
const MANAGER = '/filter_chains/0/filters/[name=envoy.filters.network.http_connection_manager]/typed_config';

interface Bad {
  readonly name: string;
  readonly document: Record<string, unknown>;
  readonly words: RegExp;
}

function document(kind: string, name: string, spec: object): Record<string, unknown> {
  return { apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name, namespace: 'shop' }, spec };
}

function badPatch(name: string, resource: object, operations: readonly unknown[], words: RegExp): Bad {
  return {
    name,
    words,
    document: document('ProxyPatch', name, { targetRefs: [{ kind: 'Namespace', name: 'shop' }], unsafe: true, patches: [{ resource, operations }] }),
  };
}

function badScript(name: string, inline: string, words: RegExp): Bad {
  return { name, words, document: document('ExtensionPolicy', name, { targetRefs: [{ kind: 'Service', name: 'checkout' }], lua: { inline } }) };
}

const TABLE = { type: 'routes', name: 'checkout.shop.mesh:80' };
const CLUSTER = { type: 'cluster', name: 'outbound|80||checkout.shop.mesh' };
const INBOUND = { type: 'listener', name: 'inbound' };
const unknown = (name: string, type: string) => ({ name, typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}` } });

const CASES: readonly Bad[] = [
  badPatch('regex', TABLE, [{ op: 'replace', path: '/virtual_hosts/0/routes/0/match', value: { safe_regex: { regex: '(' } } }], /missing \)/),
  badPatch('domains', TABLE, [{ op: 'copy', from: '/virtual_hosts/0', path: '/virtual_hosts/-' }], /must have unique names|Only a single wildcard domain/i),
  badPatch('filter', INBOUND, [{ op: 'add', path: `${MANAGER}/http_filters/0`, value: unknown('nobody', 'filters.http.nobody.v3.Nobody') }], /nobody/i),
  badPatch('no-router', INBOUND, [{ op: 'remove', path: `${MANAGER}/http_filters/[name=envoy.filters.http.router]` }], /terminal/),
  badPatch(
    'chain-match',
    INBOUND,
    [{ op: 'add', path: '/filter_chains/0/filter_chain_match/prefix_ranges', value: [{ address_prefix: 'nonsense', prefix_len: 8 }] }],
    /malformed IP address|invalid ip/i,
  ),
  badPatch(
    'balancer',
    CLUSTER,
    [{ op: 'replace', path: '/load_balancing_policy/policies/0/typed_extension_config', value: unknown('nobody', 'load_balancing_policies.nobody.v3.Nobody') }],
    /load balancer|nobody/i,
  ),
  badPatch(
    'address',
    { type: 'endpoints', name: CLUSTER.name },
    [{ op: 'replace', path: '/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/address', value: 'nobody.example' }],
    /malformed IP address/,
  ),
  badScript('syntax', 'function envoy_on_request(handle', /'\)' expected near/),
  badScript('idle', 'local nothing = 1', /neither envoy_on_request nor envoy_on_response/),
  badScript('loading', 'error("boom")', /boom/),
  badScript('machine', 'io.open("/etc/passwd")', /attempt to index global 'io'/),
  badScript('endless', 'while true do end', /did not come to an end/),
];

describe.skipIf(skip)('X1 refused before any proxy', () => {
  let mesh: TestMesh;
  let customer: Customer;

  beforeAll(async () => {
    mesh = TestMesh.open();
    await mesh.up();
    await mesh.apply([serviceDocument('checkout', { app: 'checkout' })]);
    await startApp(mesh, { service: 'checkout' });
    customer = await Customer.start(mesh, { namespace: 'shop' });
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  test.each(CASES.map((each) => [each.name, each] as const))('%s', async (name, bad) => {
    const { diagnostics } = await mesh.call<{ diagnostics: readonly { code: string; message: string }[] }>('/weft/v1/apply', {
      method: 'POST',
      body: { documents: [bad.document] },
    });
    // What takes Envoy longer than an apply waits is told in the status alone.
    if (name !== 'endless') expect(diagnostics.find(({ code }) => code === 'WEFT1866')?.message).toMatch(bad.words);
    const plural = bad.document['kind'] === 'ProxyPatch' ? 'proxypatches' : 'extensionpolicies';
    const path = `/apis/weft.dev/v1alpha1/namespaces/shop/${plural}/${name}`;
    // While Envoy is asked about the document, others are taken and take effect.
    const other = `other-${name}`;
    await mesh.apply([serviceDocument(other, { app: 'checkout' })]);
    expect((await customer.until(`http://${other}.shop.mesh/`, ({ status }) => status === 200)).status).toBe(200);
    const told = await eventually(
      `the status of ${name}`,
      async () => {
        const { status } = await mesh.call<{ status?: { conditions?: readonly { type: string; message: string }[] } }>(path);
        return status?.conditions?.find(({ type, message }) => type === 'Programmed' && message.includes('refused'))?.message;
      },
      400,
    );
    expect(told).toMatch(bad.words);
    expect(told).toContain('proxies run without it');
    expect((await customer.get(URL)).status).toBe(200);
    const { counters } = await mesh.call<{ counters: { refusals: number } }>('/weft/v1/status');
    expect(counters.refusals).toBe(0);
    await mesh.call(path, { method: 'DELETE' });
  });
});
