// Entry of the meter's thread (a file of its own in the package too): SQLite is synchronous, and so nobody waits for it.
import { parentPort, workerData } from 'node:worker_threads';
import { encodeMetrics, readTextLeniently } from '../../envoy/index.ts';
import { Meter } from './meter.ts';
import { countedOf, pageOf } from './page.ts';
import type { FromMeter, MeterData, MetricsQuestion, ToMeter } from './protocol.ts';
import { edges, kept, series, spent, stat } from './questions.ts';

const SETTLE_MS = 1000;
const PRUNE_MS = 15_000;

readTextLeniently();
const data = workerData as MeterData;
const since = Date.now();
const say = (message: FromMeter): void => parentPort?.postMessage(message);
const told = (level: 'info' | 'warn', message: string, details: Readonly<Record<string, unknown>>): void => say({ kind: 'told', level, message, details });
const meter = new Meter({ ...data, now: Date.now, told });
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** No room, or no right any more: what comes is counted as lost until there is. */
function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    told('warn', what, { error: wordsOf(error) });
  }
}

function answer(question: MetricsQuestion): unknown {
  switch (question.kind) {
    case 'stat':
      return stat(meter, question.query);
    case 'edges':
      return edges(meter, question.query);
    case 'series':
      return series(meter, question.query);
    case 'spent':
      return spent(meter, question.query);
    case 'kept':
      return kept(meter);
    case 'memory':
      return meter.memory();
    case 'message':
      return encodeMetrics(countedOf(meter.series.values(), data.cluster), {
        since,
        at: Date.now(),
        resource: { 'service.name': 'weft', 'weft.mesh': data.cluster },
      });
    case 'page': {
      const { bytes, lost, series: usage } = kept(meter);
      return pageOf(meter.series.values(), { bytes, lost, series: usage }, { openMetrics: question.openMetrics, cluster: data.cluster });
    }
  }
}

function ask(id: number, question: MetricsQuestion): void {
  try {
    say({ kind: 'answer', id, value: answer(question) });
  } catch (error) {
    say({ kind: 'failed', id, words: wordsOf(error) });
  }
}

function heard(message: ToMeter): void {
  if (message.kind === 'take') {
    guarded('metrics could not be taken', () => meter.take(message.reporter, message.bytes, message.arrived));
    say({ kind: 'taken', bytes: message.bytes.byteLength });
  } else if (message.kind === 'know') meter.know(new Map(message.directory));
  else if (message.kind === 'ask') ask(message.id, message.question);
  else {
    meter[Symbol.dispose]();
    process.exit(0);
  }
}

guarded('old metrics could not be deleted', () => void meter.prune());
setInterval(() => guarded('metrics could not be kept', () => meter.settle()), SETTLE_MS).unref();
setInterval(() => guarded('old metrics could not be deleted', () => void meter.prune()), PRUNE_MS).unref();
parentPort?.on('message', heard);
