// The shop's front: asks checkout, and passes on who is asking. Plain Node; it knows nothing of a mesh.
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  const headers = request.headers['x-employee'] ? { 'x-employee': request.headers['x-employee'] } : {};
  try {
    const answer = await fetch('http://checkout.shop.mesh/cart', { headers });
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-release': answer.headers.get('x-release') ?? '' });
    response.end(await answer.text());
  } catch (cause) {
    response.writeHead(502).end(String(cause));
  }
});
server.listen(8080, () => console.log('web listens on 8080'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
