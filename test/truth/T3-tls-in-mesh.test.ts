// T3: TLSRoutes of a Service: connections of callers in the mesh go by the server name of their TLS, which nobody decrypts.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { certificateFor } from '../kit/edge.ts';
import { eventually } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const SERVER =
  "const {readFileSync:r}=require('fs');require('https').createServer({cert:r(process.env.CERT),key:r(process.env.KEY)},(q,s)=>s.end(process.env.NAME+' '+q.socket.servername)).listen(8443)";

let mesh: TestMesh;

function tlsRoute(name: string, hostnames: readonly string[], backend: string): unknown {
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: 'one', port: 443 }], hostnames, rules: [{ backendRefs: [{ name: backend, port: 443 }] }] };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TLSRoute', metadata: { name, namespace: 'shop' }, spec };
}

/** Versions of the listener that takes what the application sends. */
async function outboundOf(proxy: string): Promise<readonly string[]> {
  const { items } = await mesh.call<{ readonly items: readonly { readonly id: string }[] }>('/weft/v1/proxies');
  const ids = items.filter(({ id }) => id.startsWith(proxy)).map(({ id }) => id);
  const all = await Promise.all(
    ids.map((id) => mesh.call<{ readonly items: readonly { readonly name: string; readonly version: string }[] }>(`/weft/v1/proxies/${id}/resources`)),
  );
  return all.flatMap((each) => each.items.filter(({ name }) => name === 'outbound').map(({ version }) => version));
}

async function startServer(name: string): Promise<void> {
  certificateFor(mesh, [`${name}.test`]);
  const at = (suffix: string): string => join(mesh.folder, `${name}.test-1.${suffix}`);
  const env = ['env', `NAME=${name}`, `CERT=${at('crt')}`, `KEY=${at('key')}`];
  const program = mesh.weft(['run', '--service', name, '--namespace', 'shop', '--port', '443:8443/tcp', '--', ...env, process.execPath, '-e', SERVER]);
  await program.printed(/ready in/);
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await Promise.all([startServer('one'), startServer('two')]);
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

describe.each(['netns', 'relay'])('T3 TLSRoute in a mesh, capture %s', (capture) => {
  let customer: Customer;

  beforeAll(async () => {
    await mesh.call('/apis/gateway.networking.k8s.io/v1/namespaces/shop/tlsroutes/names', { method: 'DELETE' }).catch(() => undefined);
    customer = await Customer.start(mesh, { namespace: 'shop', capture, name: `caller-${capture}` });
  });

  const asks = async (name: string): Promise<string> => (await customer.tls('one.shop.mesh', 443, name)).body;
  const until = (name: string, answer: string): Promise<true> =>
    eventually(`${name} is answered ${answer}`, async () => ((await asks(name)) === answer ? true : undefined));

  test('without one every name goes to the service', async () => {
    await until('a.names.test', 'one a.names.test');
  });

  test('names go where their routes say, and others are closed', async () => {
    await mesh.apply([tlsRoute('names', ['*.names.test', 'b.names.test'], 'two')]);
    await until('a.names.test', 'two a.names.test');
    expect(await asks('b.names.test')).toBe('two b.names.test');
    expect(await asks('elsewhere.test')).toBe('closed');
  });

  test('a more specific name has its own way, and the listener of the mesh stays as it is', async () => {
    const before = await outboundOf(`shop/caller-${capture}`);
    await mesh.apply([tlsRoute('exact', ['a.names.test'], 'one')]);
    await until('a.names.test', 'one a.names.test');
    expect(await asks('b.names.test')).toBe('two b.names.test');
    expect(before).toHaveLength(1);
    expect(await outboundOf(`shop/caller-${capture}`)).toEqual(before);
    await mesh.call('/apis/gateway.networking.k8s.io/v1/namespaces/shop/tlsroutes/exact', { method: 'DELETE' });
    await until('a.names.test', 'two a.names.test');
  });
});
