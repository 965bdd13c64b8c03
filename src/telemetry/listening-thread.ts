// Entry of the listening thread (a file of its own in the package too). It runs while somebody taps.
import { parentPort } from 'node:worker_threads';
import { readTextLeniently } from '../envoy/index.ts';
import { Listening } from './listening.ts';
import type { FromListener, ToListener } from './tap-protocol.ts';

const TELL_MS = 50;

readTextLeniently();
const listening = new Listening(Date.now);
const say = (message: FromListener): void => parentPort?.postMessage(message);

function heard(message: ToListener): void {
  if (message.kind === 'open') listening.open(message.tap, message.match);
  else if (message.kind === 'close') listening.close(message.tap);
  else {
    listening.take(message);
    say({ kind: 'taken', bytes: message.bytes.byteLength });
  }
}

setInterval(() => {
  const found = listening.drain();
  if (found.length > 0) say({ kind: 'heard', heard: found });
}, TELL_MS).unref();
parentPort?.on('message', heard);
