import { createRegistry, type DescMessage, type Registry } from '@bufbuild/protobuf';
import * as messages from './messages.ts';

let known: Registry | undefined;

/** Every message type that Weft speaks; built at first use, because only looking into resources needs it. */
export function registry(): Registry {
  if (known !== undefined) return known;
  const files = new Set<DescMessage['file']>();
  for (const value of Object.values(messages) as readonly unknown[]) {
    if (isMessage(value)) files.add(value.file);
  }
  known = createRegistry(...files);
  return known;
}

/** The message type behind a type URL, `type.googleapis.com/…`; undefined when Weft does not speak it. */
export function messageType(typeUrl: string): DescMessage | undefined {
  return registry().getMessage(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
}

/** The bytes of a resource in one array. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function isMessage(value: unknown): value is DescMessage {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'message';
}
