// The control plane's webhooks: injection and validation, with a certificate of the mesh's own authority.
import type { Clock, Diagnostic } from '../../base/index.ts';
import type { Authority } from '../../identity/index.ts';
import type { InjectSettings } from '../../inject/index.ts';
import { type AdmissionServerOptions, type Admit, serveAdmission } from '../../kube/index.ts';
import { type Document, makeDocumentKey } from '../../model/index.ts';
import { readObject } from '../../source/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../logger.ts';
import { followClients, readClients } from './clients.ts';
import { injectHook, namespaceHook } from './inject-hook.ts';
import { meshWideHook } from './mesh-wide-hook.ts';
import { serviceOf, type WebhookSettings } from './settings.ts';
import { validateHook } from './validate-hook.ts';

export interface WebhookParts {
  readonly settings: WebhookSettings;
  readonly authority: Pick<Authority, 'serverCertificate' | 'keepServerCertificate'>;
  readonly store: Pick<Store, 'get'>;
  readonly analyze: (documents: readonly Document[]) => () => Promise<readonly Diagnostic[]>;
  readonly answered?: AdmissionServerOptions['answered'];
  readonly handshakeFailed?: () => void;
  /** Whose control planes run in the cluster; none where that is not known. */
  readonly revisions?: () => ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface RunningWebhooks extends AsyncDisposable {
  readonly port: number;
}

/** Paths of the webhooks; those that install names in the configurations. */
function hooksOf({ store, analyze, revisions }: WebhookParts, settings: InjectSettings): Readonly<Record<string, Admit>> {
  const labelsOf = (namespace: string) => store.get(makeDocumentKey('', 'Namespace', '', namespace))?.metadata.labels ?? {};
  const options = { settings: () => settings, labelsOf };
  return {
    '/inject': injectHook(options, true),
    '/inject/asked': injectHook(options, false),
    '/validate': validateHook({ parse: (object) => readObject(object, (object.apiVersion ?? '').startsWith('weft.dev/')), analyze }),
    '/validate/mesh-wide': meshWideHook,
    '/validate/namespace': namespaceHook(settings, revisions ?? (() => new Set())),
  };
}

/** Serves them until disposed. Throws WeftError `address-in-use`. */
export async function openWebhooks(parts: WebhookParts): Promise<RunningWebhooks> {
  const { host, port, names: more, clients: asking, inject: settings } = parts.settings;
  const service = serviceOf(settings);
  const names = [service, `${service}.${settings.clusterDomain}`, 'localhost', '127.0.0.1', '::1', ...more];
  // throws where nobody could be recognised
  const clients = asking === undefined ? undefined : readClients(asking);
  const first = parts.authority.serverCertificate(names);
  const server = await serveAdmission({
    host,
    port,
    tls: first,
    hooks: hooksOf(parts, settings),
    ...(clients === undefined ? {} : { clients }),
    ...(parts.answered === undefined ? {} : { answered: parts.answered }),
    ...(parts.handshakeFailed === undefined ? {} : { handshakeFailed: parts.handshakeFailed }),
    onBug: (path, error) => parts.log('error', 'a webhook failed', { path, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });
  const stop = parts.authority.keepServerCertificate(names, first, (next) => server.updateTls(next));
  const unwatch = asking === undefined ? (): void => undefined : followClients(asking, (next) => server.updateClients(next), parts.log);
  return {
    port: server.port,
    [Symbol.asyncDispose]: async () => {
      stop();
      unwatch();
      await server.close();
    },
  };
}
