import { configureTextEncoding, getTextEncoding } from '@bufbuild/protobuf/wire';

/**
 * From now on, in this thread, text that is no UTF-8 is read with replacement characters where it would be refused. Envoy puts what clients
 * sent into its logs as it came, and one request in a message of a hundred must not cost the others. Not for threads that read configuration.
 */
export function readTextLeniently(): void {
  const { decodeUtf8, ...others } = getTextEncoding();
  configureTextEncoding({ ...others, decodeUtf8: (bytes) => decodeUtf8(bytes) });
}
