// An application that knows what reached it: HTTP on PORT, answers `witness` and the headers it got; /seen says how many requests for /plain
// there were. With GREETS it is a TCP server that speaks first instead.
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const port = Number(process.env.PORT);
const seen = { plain: 0 };

if (process.env.GREETS === undefined) {
  const server = createServer((request, response) => {
    if (request.url === '/plain') seen.plain++;
    if (request.url === '/seen') response.end(JSON.stringify(seen));
    else response.end(`witness ${request.url} ${JSON.stringify(request.headers)}`);
  });
  server.listen(port);
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
} else {
  createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.write('hello\n');
    socket.pipe(socket);
  }).listen(port);
  process.on('SIGTERM', () => process.exit(0));
}
