// An application that reads paths as generously as applications do: decodes once, takes a backslash for a slash, resolves dots, joins slashes.
// Below /admin stands a secret. Everything else is answered with what was asked.
import { createServer } from 'node:http';
import { posix } from 'node:path';

function decoded(text) {
  const octets = Buffer.from(text, 'latin1')
    .toString('latin1')
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return posix.normalize(octets.replaceAll('\\', '/'));
}

createServer((request, answer) => {
  const path = decoded(request.url.split(/[?#]/)[0]);
  if (path === '/admin' || path.startsWith('/admin/')) answer.end('TOP-SECRET');
  else answer.end(JSON.stringify({ url: request.url, headers: request.rawHeaders }));
}).listen(8080, () => process.stdout.write('decoding\n'));
process.on('SIGTERM', () => process.exit(0));
