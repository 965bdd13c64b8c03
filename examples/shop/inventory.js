// Counts what is left. Plain Node; it knows nothing of a mesh.
import { createServer } from 'node:http';

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ left: 7 }));
});
server.listen(8080, () => console.log('inventory listens on 8080'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
