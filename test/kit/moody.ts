// A service of namespace `shop` with replicas whose mood a test can set, each also called by a name of its own.
import { join } from 'node:path';
import type { Answer, Customer } from './customer.ts';
import { serviceDocument } from './shop.ts';
import type { Program, TestMesh } from './test-mesh.ts';

/** Starts one replica, `SERVICE-NAME` as a workload, and waits until it takes requests. */
export async function startMoody(mesh: TestMesh, service: string, name: string, args: readonly string[] = []): Promise<Program> {
  const own = ['--instance', name, '--label', `replica=${name}`, ...args];
  const run = ['run', '--service', service, '--namespace', 'shop', '--port', '80:8080', '--protocol', 'http', ...own];
  const program = mesh.weft([...run, '--', 'env', `MOODY=${name}`, process.execPath, join(import.meta.dirname, 'moody.js')]);
  await program.printed(/ready in/);
  return program;
}

/** Documents by which each replica is also a service: `http://r1.shop.mesh`. */
export function ownServices(names: readonly string[]): readonly unknown[] {
  return names.map((name) => serviceDocument(name, { replica: name }));
}

/** Sets the mood of one replica; answers with what it was asked at most at a time since the last setting. */
export async function setMood(customer: Customer, name: string, mood: Readonly<Record<string, string | number>> = {}): Promise<{ readonly most: number }> {
  const query = Object.entries(mood).map(([key, value]) => `${key}=${value}`);
  const url = `http://${name}.shop.mesh/mood?${query.join('&')}`;
  const { status, body }: Answer = await customer.until(url, (answer) => answer.status === 200);
  if (status !== 200) throw new Error(`${url}: ${status} ${body}`);
  return JSON.parse(body.slice(body.indexOf('{'))) as { readonly most: number };
}
