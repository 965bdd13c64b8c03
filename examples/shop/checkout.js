// Checkout needs payments and inventory. VERSION tells its two releases apart. Plain Node; it knows nothing of a mesh.
import { createServer } from 'node:http';

const version = process.env.VERSION ?? 'v1';
const ask = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json();
};

const server = createServer(async (_request, response) => {
  try {
    const [payment, stock] = await Promise.all([ask('http://payments.shop.mesh/quote'), ask('http://inventory.shop.mesh/stock')]);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ version, payment, stock }));
  } catch (cause) {
    response.writeHead(503).end(String(cause));
  }
});
server.listen(8080, () => console.log(`checkout ${version} listens on 8080`));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
