import { asciiText, fromBase64, readKeyPair } from '../x509/index.ts';

interface Data {
  readonly data: Readonly<Record<string, string>>;
}

/** The text of a value of a Secret; '' when it is not there or is no base64. */
export function secretText({ data }: Data, key: string): string {
  return asciiText(fromBase64(data[key] ?? '') ?? new Uint8Array());
}

/** The certificate of a TLS Secret, or what makes it unusable. */
export function tlsPairOf(spec: Data): ReturnType<typeof readKeyPair> {
  return readKeyPair(secretText(spec, 'tls.crt'), secretText(spec, 'tls.key'));
}
