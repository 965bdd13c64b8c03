// Entry of the thread that keeps spans (a file of its own in the package too): SQLite is synchronous, and so nobody waits for it.
import { parentPort, workerData } from 'node:worker_threads';
import { readTextLeniently } from '../../envoy/index.ts';
import { spansOutbox } from './exporter.ts';
import type { FromSpans, SpanQuestion, SpansData, ToSpans } from './protocol.ts';
import { SpanKeeper } from './span-keeper.ts';

const SETTLE_MS = 100;
const INFER_MS = 1000;
const PRUNE_MS = 15_000;

readTextLeniently();
const data = workerData as SpansData;
const keeper = new SpanKeeper({ ...data, now: Date.now });
const exporter = spansOutbox(data.target, data.version);
const say = (message: FromSpans): void => parentPort?.postMessage(message);

if (keeper.damaged.length > 0)
  say({ kind: 'told', level: 'warn', message: 'files of spans were damaged and have been put aside', details: { files: keeper.damaged } });

/** What goes wrong in the background is told, and tried again. */
function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    say({ kind: 'told', level: 'warn', message: what, details: { error: error instanceof Error ? error.message : String(error) } });
  }
}

function answer(question: SpanQuestion): unknown {
  switch (question.kind) {
    case 'find':
      return keeper.find(question.query);
    case 'trace':
      return keeper.trace(question.id);
    case 'pushes':
      return keeper.pushes(question.of);
    case 'broken':
      return keeper.broken(question.since);
    case 'kept':
      return { ...keeper.kept(), export: exporter.view() };
  }
}

function ask(id: number, question: SpanQuestion): void {
  try {
    say({ kind: 'answer', id, value: answer(question) });
  } catch (error) {
    say({ kind: 'failed', id, words: error instanceof Error ? error.message : String(error) });
  }
}

async function close(): Promise<void> {
  keeper[Symbol.dispose]();
  await exporter.close();
  process.exit(0);
}

function heard(message: ToSpans): void {
  if (message.kind === 'take') {
    guarded('spans could not be taken', () => {
      const spans = keeper.take(message.sender, message.bytes);
      exporter.add(spans);
    });
    say({ kind: 'taken', bytes: message.bytes.byteLength });
  } else if (message.kind === 'own') exporter.add(keeper.takeOwn(message.spans));
  else if (message.kind === 'ask') ask(message.id, message.question);
  else if (message.kind === 'retarget') exporter.retarget(message.target);
  else void close();
}

const prune = (): void =>
  guarded('old spans could not be forgotten', () => {
    const forgotten = keeper.prune();
    if (forgotten > 0) say({ kind: 'told', level: 'info', message: 'old spans were forgotten', details: { files: forgotten } });
  });

prune();
setInterval(() => keeper.settle(), SETTLE_MS).unref();
setInterval(() => guarded('traces could not be put together', () => void keeper.infer()), INFER_MS).unref();
setInterval(prune, PRUNE_MS).unref();
parentPort?.on('message', heard);
