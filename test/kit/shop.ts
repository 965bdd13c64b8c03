import type { Program, TestMesh } from './test-mesh.ts';

export interface AppOptions {
  readonly service: string;
  readonly version?: string;
  readonly capture?: string;
  readonly protocol?: string;
  /** Milliseconds an answer takes. */
  readonly delayMs?: number;
  readonly args?: readonly string[];
}

/** An HTTP server in one line: answers `service version` and the path after `delayMs`, ends on SIGTERM when its requests are done. */
function serverSource(name: string, delayMs: number): string {
  return `const h=require('http');const s=h.createServer((q,r)=>setTimeout(()=>r.end('${name} '+q.url+' '+JSON.stringify(q.headers)),${delayMs}));s.listen(8080);process.on('SIGTERM',()=>{s.close(()=>process.exit(0));s.closeIdleConnections()})`;
}

/** Starts one instance of an HTTP service in namespace `shop` behind its sidecar, and waits until it takes requests. */
export async function startApp(mesh: TestMesh, options: AppOptions): Promise<Program> {
  const version = options.version ?? 'v1';
  const args = ['run', '--service', options.service, '--namespace', 'shop', '--port', '8080', '--version', version, '--protocol', options.protocol ?? 'http'];
  const capture = options.capture === undefined ? [] : ['--capture', options.capture];
  const source = serverSource(`${options.service} ${version}`, options.delayMs ?? 0);
  const program = mesh.weft([...args, ...capture, ...(options.args ?? []), '--', process.execPath, '-e', source]);
  await program.printed(/ready in/);
  return program;
}

/** A Service document of namespace `shop`: port 80 to 8080, HTTP. */
export function serviceDocument(name: string, selector: Readonly<Record<string, string>>): unknown {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { selector, ports } };
}

/** An HTTPRoute of namespace `shop` whose parent is the Service of that name. */
export function routeDocument(name: string, parent: string, rules: readonly unknown[]): unknown {
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: parent }], rules };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name, namespace: 'shop' }, spec };
}

/** Asks `probe` every 50 ms until it returns something other than undefined; fails after `tries`. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, tries = 200): Promise<T> {
  for (let n = 0; n < tries; n++) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${what}: not within ${(tries * 50) / 1000} s`);
}
