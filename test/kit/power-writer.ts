// A process that keeps what a control plane keeps (seal, roots, a file with a secret, the store), and prints a line when something was acknowledged.
// Arguments: folder, how many transactions, and whether it closes what it has open or is killed.
import { join } from 'node:path';
import { put, realClock, service } from '../contract/store-kit.ts';
import { opened } from './power-kit.ts';

const [folder = '', transactions = '0', ending = 'killed'] = process.argv.slice(2);
const say = (said: object): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

const { seal, authority, store, directory } = opened(folder, realClock);
say({ roots: authority.fingerprints });
const first = Number(store.list().documents[0]?.spec['n'] ?? 0) + 1;
for (let n = first; n < first + Number(transactions); n++) {
  // A few pages each, so that the log is copied into the file now and then, and two that always say the same.
  const padding = 'x'.repeat(20_000 + (n % 7) * 9_000);
  const result = await store.write(
    ['left', 'right'].map((name) => put(service(name, { n, padding }))),
    'test',
  );
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  say({ revision: store.revision, n });
  if (n % 3 === 0 && (await store.claimValue('claims', String(n), 'x'))) say({ claim: String(n) });
  if (n % 5 === 0) {
    seal.files.write(join(directory, 'ca', 'counted.token'), String(n));
    say({ counted: n });
  }
}
if (ending === 'killed') process.kill(process.pid, 'SIGKILL');
await store[Symbol.asyncDispose]();
