// An application that knows nothing of a mesh: /hello says who it is, /fetch?url= calls somebody else with whatever the platform does by default.
const http = require('node:http');
const port = Number(process.argv[2]);
const host = process.argv[3];
function fetchVia(target, done) {
  const url = new URL(target);
  const proxy = process.env.HTTP_PROXY && url.hostname !== '127.0.0.1' ? new URL(process.env.HTTP_PROXY) : undefined;
  const options = proxy
    ? { host: proxy.hostname, port: proxy.port, path: target, headers: { host: url.host } }
    : { host: url.hostname, port: url.port || 80, path: url.pathname };
  const call = http.get(options, (answer) => {
    let text = '';
    answer.on('data', (chunk) => (text += chunk));
    answer.on('end', () => done(answer.statusCode, text));
  });
  call.on('error', (error) => done(599, String(error)));
}
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  if (url.pathname === '/fetch') return fetchVia(url.searchParams.get('url'), (status, text) => response.writeHead(status).end(text));
  if (url.pathname === '/slow') return setTimeout(() => response.end('slow'), 1500);
  response.end(JSON.stringify({ uid: process.getuid(), port, pid: process.pid }));
});
server.listen(port, host);
process.on('SIGTERM', () => process.exit(0));
