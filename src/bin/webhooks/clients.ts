// By what API servers are recognised at the webhooks: a file that a ConfigMap is mounted as, so it may change while we run.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AdmissionClients } from '../../kube/index.ts';
import type { Log } from '../logger.ts';
import type { WebhookSettings } from './settings.ts';

type Asking = NonNullable<WebhookSettings['clients']>;

const AGAIN_MS = 30_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Throws Error when there is no certificate in it: nobody is let in by mistake. */
export function readClients({ file, names }: Asking): AdmissionClients {
  const caPem = readFileSync(file, 'utf8');
  const found = caPem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error(`${file} has no certificate in it`);
  for (const each of found) new X509Certificate(each);
  return { caPem, names };
}

/** Looks at the file again and again, and tells of another content; returns how to stop. What cannot be read leaves the last that could. */
export function followClients(asking: Asking, changed: (next: AdmissionClients) => void, log: Log): () => void {
  let last = readClients(asking).caPem;
  const timer = setInterval(() => {
    try {
      const next = readClients(asking);
      if (next.caPem !== last) changed(next);
      last = next.caPem;
    } catch (error) {
      log('warn', 'the trust anchors of API servers cannot be read; the last ones hold', { file: asking.file, error: String(error) });
    }
  }, AGAIN_MS);
  timer.unref();
  return () => clearInterval(timer);
}
