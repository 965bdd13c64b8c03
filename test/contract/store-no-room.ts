// A process whose files may not grow for a while: says as JSON how its store took that. Argument: file. A process of its own
// because the limit holds for all of it.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { type Document, documentKey } from '../../src/model/index.ts';
import { openSqliteStore } from '../../src/store/index.ts';
import { accepted, put, realClock, service, take } from './store-kit.ts';

export interface NoRoomReport {
  readonly rejected: readonly { readonly status: string; readonly code?: unknown; readonly retryable?: unknown; readonly message?: unknown }[];
  readonly during: readonly Document['spec'][];
  readonly revisionDuring: number;
  readonly revisionNext: number;
}

const [file = ''] = process.argv.slice(2);

function fileLimit(bytes: string): void {
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
  if (status !== 0) throw new Error('prlimit failed');
}

function describeRejection(result: PromiseSettledResult<unknown>): NoRoomReport['rejected'][number] {
  if (result.status === 'fulfilled') return { status: result.status };
  const { code, class: kind, message } = result.reason as { code?: unknown; class?: { retryable?: unknown }; message?: unknown };
  return { status: result.status, code, retryable: kind?.retryable, message };
}

const store = openSqliteStore({ file, clock: realClock });
await accepted(store, put(service('before', { n: 1 })));
const events = store.watch({ since: store.revision, signal: new AbortController().signal })[Symbol.asyncIterator]();
fileLimit(String(statSync(`${file}-wal`).size + 20_000));
const results = await Promise.allSettled([
  store.write([put(service('before', { n: 2 }))], 'test'),
  store.write([put(service('large', { padding: 'x'.repeat(400_000) }))], 'test'),
]);
const again = await Promise.allSettled([store.write([put(service('large', { padding: 'x'.repeat(400_000) }))], 'test')]);
const during = store.list().documents.map((document) => document.spec);
const revisionDuring = store.revision;
if (store.get(documentKey(service('large'))) !== undefined) throw new Error('a rejected document can be read');
fileLimit('unlimited');
await accepted(store, put(service('after')));
const [next] = await take(events, 1);
const report: NoRoomReport = { rejected: [...results, ...again].map(describeRejection), during, revisionDuring, revisionNext: next?.revision ?? 0 };
await store[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(report));
