// A TCP server that speaks first, and then says back what it hears.
import { createServer } from 'node:net';

createServer((socket) => {
  socket.on('error', () => {});
  socket.write('hello\n');
  socket.pipe(socket);
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
