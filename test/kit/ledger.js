// A server of bytes: `ping` is answered with WORDS, `seen` with everything that came on the connection, anything else with its name.
import { createServer } from 'node:net';

const { LEDGER = 'ledger', WORDS = 'pong' } = process.env;
const server = createServer((socket) => {
  let seen = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1');
    if (seen.endsWith('ping')) socket.write(WORDS);
    else if (seen.endsWith('seen')) socket.write(`seen ${seen}`, 'latin1');
    else if (seen.endsWith('who')) socket.write(LEDGER);
  });
});
server.listen(8080);
process.on('SIGTERM', () => process.exit(0));
