// Entry of the keeper's thread (a file of its own in the package too): SQLite is synchronous, and so nobody waits for it.
import { parentPort, workerData } from 'node:worker_threads';
import { readTextLeniently } from '../envoy/index.ts';
import { Keeper } from './keeper.ts';
import type { FromKeeper, KeeperData, Question, ToKeeper } from './protocol.ts';

const SETTLE_MS = 100;
const PRUNE_MS = 30_000;

readTextLeniently();
const data = workerData as KeeperData;
const keeper = new Keeper({ ...data, now: Date.now });
const say = (message: FromKeeper): void => parentPort?.postMessage(message);

if (keeper.putAside !== undefined)
  say({ kind: 'told', level: 'warn', message: 'the file of records was damaged and has been put aside', details: { file: keeper.putAside } });

function prune(): void {
  try {
    const forgotten = keeper.prune();
    if (forgotten > 0) say({ kind: 'told', level: 'info', message: 'old records were forgotten', details: { records: forgotten } });
  } catch (error) {
    // no room, or no right any more: what comes is counted as lost until there is
    say({
      kind: 'told',
      level: 'warn',
      message: 'old records could not be forgotten',
      details: { error: error instanceof Error ? error.message : String(error) },
    });
  }
}

function answer(question: Question): unknown {
  switch (question.kind) {
    case 'records':
      return keeper.find(question.query);
    case 'peers':
      return keeper.peers(question.since);
    case 'uses':
      return keeper.uses(question.since);
    case 'kept':
      return keeper.kept();
  }
}

function ask(id: number, question: Question): void {
  try {
    say({ kind: 'answer', id, value: answer(question) });
  } catch (error) {
    say({ kind: 'failed', id, words: error instanceof Error ? error.message : String(error) });
  }
}

function heard(message: ToKeeper): void {
  if (message.kind === 'take') {
    keeper.take(message.side, message.sender, message.bytes);
    say({ kind: 'taken', bytes: message.bytes.byteLength });
  } else if (message.kind === 'ask') ask(message.id, message.question);
  else {
    keeper[Symbol.dispose]();
    process.exit(0);
  }
}

prune();
setInterval(() => keeper.settle(), SETTLE_MS).unref();
setInterval(prune, PRUNE_MS).unref();
parentPort?.on('message', heard);
