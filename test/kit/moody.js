// A replica whose mood can be set: GET /mood?live=503&status=500&delay=100&load=0.9&hang=1. It answers `NAME /path`, says `live` at
// /live, and reports its load as ORCA does.
import { createServer } from 'node:http';

const name = process.env.MOODY ?? 'moody';
const mood = { live: 200, status: 200, delay: 0, load: '', reset: '' };
let most = 0;
let inside = 0;

const server = createServer((request, answer) => {
  const url = new URL(request.url ?? '/', 'http://moody');
  if (url.pathname === '/mood') {
    for (const [key, value] of url.searchParams) mood[key] = key === 'load' || key === 'reset' ? value : Number(value);
    answer.end(`${name} ${JSON.stringify({ ...mood, most })}`);
    most = 0;
    return;
  }
  if (url.pathname === '/live') {
    answer.statusCode = mood.live;
    answer.end('live');
    return;
  }
  if (mood.reset !== '') {
    request.socket.destroy();
    return;
  }
  most = Math.max(most, ++inside);
  setTimeout(() => {
    inside--;
    answer.statusCode = mood.status;
    if (mood.load !== '') answer.setHeader('endpoint-load-metrics', `JSON {"application_utilization":${mood.load},"rps_fractional":100,"eps":0}`);
    answer.end(`${name} ${request.url} ${request.socket.remotePort}`);
  }, mood.delay);
});
server.keepAliveTimeout = 60_000;
server.listen(8080);
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
