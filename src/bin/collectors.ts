// Where what proxies tell goes beside, as the Mesh and Secrets say now; what the command line says holds instead.
import type { CollectorView } from '../api/index.ts';
import type { ControlPlane } from '../control/index.ts';
import { type CollectorSpec, fromBase64, type Mesh, makeDocumentKey } from '../model/index.ts';
import type { ExportTarget, Metrics, Taps, Traces } from '../telemetry/index.ts';
import type { Log } from './logger.ts';

/** With a collector of logs on the command line it is nothing that the Mesh names none. */
export const MOOT_WITH_LOGS_TO: ReadonlySet<string> = new Set(['WEFT2460']);

const SIGNALS = ['metrics', 'traces', 'logs'] as const;
type Signal = (typeof SIGNALS)[number];

type Ref = NonNullable<CollectorSpec['headersFrom']>;
type Secrets = Pick<Mesh, 'documents'>;

/** Thrown where nothing can be sent: an address that is none, a Secret that does not have what is asked of it; in words for whoever reads the log. */
class Missing extends Error {}

function textsOf(mesh: Secrets, { namespace, name }: Ref): ReadonlyMap<string, string> {
  const found = mesh.documents.get(makeDocumentKey('', 'Secret', namespace, name));
  if (found === undefined) throw new Missing(`Secret ${namespace}/${name} does not exist`);
  const { data = {} } = found.spec as { readonly data?: Readonly<Record<string, string>> };
  return new Map(
    Object.entries(data).map(([key, value]) => {
      const bytes = fromBase64(value);
      return [
        key,
        bytes === undefined
          ? ''
          : Buffer.from(bytes)
              .toString('utf8')
              .replace(/\r?\n$/, ''),
      ];
    }),
  );
}

function textAt(mesh: Secrets, ref: Ref, key: string): string {
  const text = textsOf(mesh, ref).get(key);
  if (text === undefined || text === '') throw new Missing(`Secret ${ref.namespace}/${ref.name} has no ${key}`);
  return text;
}

/** Throws Missing. */
function targetOf(mesh: Secrets, { endpoint, headersFrom, tls }: CollectorSpec): ExportTarget {
  if (!URL.canParse(endpoint)) throw new Missing(`${endpoint} is no address`);
  const certificate = tls?.clientCertificateRef;
  const shown = certificate === undefined ? {} : { certificatePem: textAt(mesh, certificate, 'tls.crt'), keyPem: textAt(mesh, certificate, 'tls.key') };
  const trusted = tls?.caCertificateRef === undefined ? {} : { authoritiesPem: textAt(mesh, tls.caCertificateRef, 'ca.crt') };
  const secured = { ...shown, ...trusted };
  return {
    endpoint,
    ...(headersFrom === undefined ? {} : { headers: Object.fromEntries([...textsOf(mesh, headersFrom)].map(([name, value]) => [name.toLowerCase(), value])) }),
    ...(Object.keys(secured).length === 0 ? {} : { tls: secured }),
  };
}

export interface CollectorPorts {
  readonly plane: Pick<ControlPlane, 'mesh' | 'watch'>;
  readonly log: Log;
  /** Signals that the command line names a collector for. */
  readonly given: Readonly<Partial<Record<Signal, ExportTarget | undefined>>>;
  readonly traces: Pick<Traces, 'retarget' | 'kept'>;
  readonly metrics: Pick<Metrics, 'retarget' | 'forwarded'>;
  readonly taps: Pick<Taps, 'retarget' | 'written'>;
}

export interface Collectors {
  readonly views: () => Promise<readonly CollectorView[]>;
  close(): void;
}

/**
 * From now on, until it is closed, as soon as the mesh says so: what is told after a change of rules goes where the same change says. A collector whose
 * Secret is not there is sent nothing, and what is for it is lost, and counted.
 */
export function followCollectors({ plane, log, given, traces, metrics, taps }: CollectorPorts): Collectors {
  const sinks: Readonly<Record<Signal, (target: ExportTarget | undefined) => void>> = {
    traces: (target) => traces.retarget(target),
    metrics: (target) => metrics.retarget(target),
    logs: (target) => taps.retarget(target),
  };
  const told = new Map<Signal, string>();
  const missing = new Map<Signal, string>();
  const look = (): void => {
    const { mesh } = plane;
    for (const signal of SIGNALS) {
      const spec = mesh.config.collectors?.[signal];
      if (given[signal] !== undefined) continue;
      const { target, words } = wanted(mesh, spec);
      const now = JSON.stringify([target, words]);
      if (now === (told.get(signal) ?? JSON.stringify([undefined, '']))) continue;
      told.set(signal, now);
      sinks[signal](target);
      if (words === '') missing.delete(signal);
      else missing.set(signal, words);
      if (words !== '') log('warn', 'a collector cannot be sent anything', { signal, why: words });
    }
  };
  look();
  const unwatch = plane.watch(look);
  const views = async (): Promise<readonly CollectorView[]> => {
    const sent: Readonly<Record<Signal, Omit<CollectorView, 'signal'> | undefined>> = {
      metrics: metrics.forwarded(),
      // no thread is begun for being asked
      traces: given.traces === undefined && plane.mesh.config.collectors?.traces === undefined ? undefined : (await traces.kept()).export,
      logs: taps.written().export,
    };
    return SIGNALS.flatMap((signal): readonly CollectorView[] => {
      const words = missing.get(signal);
      const found = words === undefined ? sent[signal] : { endpoint: '', sent: 0, lost: 0, trouble: words };
      if (found === undefined) return [];
      const { endpoint, sent: count, lost, trouble } = found;
      return [{ signal, endpoint, sent: count, lost, trouble }];
    });
  };
  return { views, close: unwatch };
}

function wanted(mesh: Mesh, spec: CollectorSpec | undefined): { readonly target: ExportTarget | undefined; readonly words: string } {
  try {
    return { target: spec === undefined ? undefined : targetOf(mesh, spec), words: '' };
  } catch (error) {
    if (error instanceof Missing) return { target: undefined, words: error.message };
    throw error;
  }
}
