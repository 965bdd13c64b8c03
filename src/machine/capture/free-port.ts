import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the kernel's range for outgoing connections (32768-60999): a port found free there is not taken by one a moment later.
const FIRST = 18_000;
const LAST = 32_000;

function bindable(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** `count` different ports that are free on `address` now, begun at a random place so that two starts at once do not meet. Throws when there are none. */
export async function freePorts(address: string, count: number): Promise<readonly number[]> {
  const found: number[] = [];
  const start = randomInt(FIRST, LAST);
  for (let step = 0; step < LAST - FIRST && found.length < count; step++) {
    const port = FIRST + ((start - FIRST + step) % (LAST - FIRST));
    if (await bindable(address, port)) found.push(port);
    else if (step === 64 && found.length === 0) break; // the address, not the port, is what cannot be bound
  }
  if (found.length < count) throw new Error(`no free port on ${address}\n  is ${address} an address of this host?`);
  return found;
}
