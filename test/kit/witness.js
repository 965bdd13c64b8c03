// An application that knows what reached it: HTTP on PORT, answers `witness` and the headers it got; /seen says how many connections and
// bytes there were. With GREETS it is a TCP server that speaks first instead.
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const port = Number(process.env.PORT);
const seen = { connections: 0, bytes: 0 };
const count = (socket) => {
  seen.connections++;
  socket.on('data', (chunk) => {
    seen.bytes += chunk.length;
  });
};

if (process.env.GREETS === undefined) {
  const server = createServer((request, response) => {
    if (request.url === '/seen') response.end(JSON.stringify(seen));
    else response.end(`witness ${request.url} ${JSON.stringify(request.headers)}`);
  });
  server.on('connection', count).listen(port);
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
