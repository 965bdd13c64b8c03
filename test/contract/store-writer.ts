// A process that writes to a store and says what was acknowledged, until it is killed. Arguments: file, seed.
import { writeSync } from 'node:fs';
import { openSqliteStore, type Write } from '../../src/store/index.ts';
import { put, realClock, service } from './store-kit.ts';

const [file = '', seedText = '1'] = process.argv.slice(2);
let seed = Number(seedText);
const random = (below: number): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed % below;
};
const store = openSqliteStore({ file, clock: realClock, historyLimit: 200 });

export interface Acknowledged {
  readonly revision: number;
  readonly documents: readonly { readonly name: string; readonly n: number }[];
  readonly claim?: string;
}

const acknowledge = (what: Acknowledged): number => writeSync(1, `${JSON.stringify(what)}\n`);

async function writeOnce(writer: number, n: number): Promise<void> {
  // Two documents of one call always carry the same number: half a transaction would show.
  const names = [`w${writer}-left`, `w${writer}-right`];
  const writes: Write[] = names.map((name) => put(service(name, { n, padding: 'x'.repeat(random(4_000)) })));
  const result = await store.write(writes, 'test');
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  acknowledge({ revision: Number(result.value.at(-1)?.metadata.resourceVersion), documents: names.map((name) => ({ name, n })) });
  if (random(4) === 0 && (await store.claimValue('claims', `${seedText}-${writer}-${n}`, 'x'))) {
    acknowledge({ revision: store.revision, documents: [], claim: `${seedText}-${writer}-${n}` });
  }
}

async function writer(which: number): Promise<void> {
  const before = store.list().documents.find((document) => document.metadata.name === `w${which}-left`);
  for (let n = Number(before?.spec['n'] ?? 0) + 1; ; n++) await writeOnce(which, n);
}

await Promise.all([0, 1, 2].map(writer));
