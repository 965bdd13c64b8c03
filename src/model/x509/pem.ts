import { fromBase64 } from './bytes.ts';

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`, … */
  readonly label: string;
  /** Undefined when what stands between the lines is no base64. */
  readonly bytes: Uint8Array | undefined;
  readonly encrypted: boolean;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** The blocks of a PEM text (RFC 7468); text around them is explanation and is passed over. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => {
    const encrypted = label.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body);
    const bytes = fromBase64(body.replace(/^[\w-]+:.*$/gm, ''));
    return { label, bytes, encrypted };
  });
}
