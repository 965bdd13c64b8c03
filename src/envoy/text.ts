import { getTextEncoding } from '@bufbuild/protobuf/wire';

const { encodeUtf8: encode, decodeUtf8: decode } = getTextEncoding();

/** Text as UTF-8, for pure rooms, which have no TextEncoder. */
export function encodeUtf8(text: string): Uint8Array {
  return encode(text);
}

/** UTF-8 as text; broken sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decode(bytes);
}
