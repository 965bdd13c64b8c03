// Whether the agent does what it is there for, for the kubelet.
import { createServer } from 'node:http';

/** Answers `GET /readyz`, and `/livez` as long as it answers at all. Rejects where the port is taken. */
export async function serveReadiness(port: number, ready: () => boolean): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const status = request.url === '/livez' ? 200 : request.url !== '/readyz' ? 404 : ready() ? 200 : 503;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'ready\n' : 'not ready\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
