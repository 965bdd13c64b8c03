// An application that reads paths as generously as applications do: decodes once, takes a backslash for a slash, resolves dots, joins slashes.
// Below /admin stands a secret. /wire tells what came over every connection since it was asked last, octet by octet; what is posted to /send is sent as it is to
// the application itself, by way of the mesh. Everything else is answered with what was asked.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { posix } from 'node:path';

function decoded(text) {
  const octets = Buffer.from(text, 'latin1')
    .toString('latin1')
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return posix.normalize(octets.replaceAll('\\', '/'));
}

let wire = [];

/** A proxy that waits for more says nothing: after a while nobody waits with it. */
function send(bytes, answer) {
  const socket = connect(80, 'node.shop.mesh', () => socket.write(bytes));
  const done = () => socket.destroy();
  setTimeout(done, 300);
  socket
    .on('error', done)
    .once('data', done)
    .once('close', () => answer.end('sent'));
}

const server = createServer((request, answer) => {
  const path = decoded(request.url.split(/[?#]/)[0]);
  if (path === '/admin' || path.startsWith('/admin/')) answer.end('TOP-SECRET');
  else if (path === '/wire') {
    answer.end(JSON.stringify(wire.map(({ chunks }) => Buffer.concat(chunks).toString('base64'))));
    for (const connection of wire) connection.chunks = [];
    wire = wire.filter(({ open }) => open);
  } else if (path === '/send') {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => send(Buffer.concat(chunks), answer));
  } else answer.end(JSON.stringify({ url: request.url, headers: request.rawHeaders }));
});
server.on('connection', (socket) => {
  const connection = { chunks: [], open: true };
  wire.push(connection);
  socket
    .on('data', (chunk) => connection.chunks.push(chunk))
    .on('close', () => {
      connection.open = false;
    });
});
server.listen(8080, () => process.stdout.write('decoding\n'));
process.on('SIGTERM', () => process.exit(0));
