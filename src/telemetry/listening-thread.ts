// Entry of the listening thread (a file of its own in the package too). It runs while somebody taps, or wants access logs.
import { parentPort, workerData } from 'node:worker_threads';
import type { TapRequest } from '../api/index.ts';
import { readTextLeniently } from '../envoy/index.ts';
import { messageOf } from './line-export.ts';
import { Listening } from './listening.ts';
import { LogWriter } from './log-writer.ts';
import { Outbox } from './otlp/outbox.ts';
import type { FromListener, ListenerData, ToListener } from './tap-protocol.ts';

const TELL_MS = 50;
/** How often it is said how it stands with the collector. */
const SAY_MS = 1000;
const TURN_BYTES = 64 * 1024 * 1024;

readTextLeniently();
const writer = new LogWriter({ folder: (workerData as ListenerData).logs, turnBytes: TURN_BYTES });
const { version, target } = workerData as ListenerData;
const outbox = new Outbox({ signal: 'logs', encode: (events: readonly TapRequest[]) => messageOf(events, version) }, target);
let unsent = 0;
const listening = new Listening(Date.now, writer, (event) => {
  if (!outbox.add([event])) unsent++;
});
const say = (message: FromListener): void => parentPort?.postMessage(message);

function heard(message: ToListener): void {
  if (message.kind === 'open') listening.open(message.tap, message.match);
  else if (message.kind === 'close') listening.close(message.tap);
  else if (message.kind === 'retarget') outbox.retarget(message.target);
  else if (message.kind === 'end') {
    writer.flush();
    void outbox.close().then(() => process.exit(0));
  } else {
    listening.take(message);
    say({ kind: 'taken', bytes: message.bytes.byteLength });
  }
}

setInterval(() => {
  const found = listening.drain();
  if (found.length > 0) say({ kind: 'heard', heard: found });
  const lines = writer.flush() + unsent;
  unsent = 0;
  if (lines > 0) say({ kind: 'unwritten', lines });
}, TELL_MS).unref();
setInterval(() => say({ kind: 'sent', view: outbox.view() }), SAY_MS).unref();
parentPort?.on('message', heard);
say({ kind: 'ready' });
