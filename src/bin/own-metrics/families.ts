// Everything the control plane says of itself as metrics, read when somebody asks. Names are `weft_*`; pilot.ts repeats some of it under other names.
import type { CaView, ProxyView } from '../../api/index.ts';
import type { Family, Histogram, Sample } from '../../base/index.ts';
import type { ControlPlane } from '../../control/index.ts';
import type { Health } from '../health.ts';
import type { OwnMeters } from './meters.ts';
import { processFamilies } from './process.ts';

export interface FamilyParts {
  readonly plane: Pick<ControlPlane, 'counters' | 'meters' | 'mesh' | 'proxies' | 'sizes'>;
  readonly health: Health;
  readonly meters: OwnMeters;
  readonly version: string;
  readonly revision: () => number;
  readonly ca: () => CaView;
  /** What was lost of what proxies told, by what it was and why. */
  readonly lost: () => Promise<readonly { readonly what: string; readonly received: number; readonly lost: Readonly<Record<string, number>> }[]>;
}

const MS = 0.001;
const counter = (name: string, help: string, samples: readonly Sample[] | number): Family => ({ type: 'counter', name, help, samples: listOf(samples) });
const gauge = (name: string, help: string, samples: readonly Sample[] | number): Family => ({ type: 'gauge', name, help, samples: listOf(samples) });
const listOf = (samples: readonly Sample[] | number): readonly Sample[] => (typeof samples === 'number' ? [{ value: samples }] : samples);
const times = (name: string, help: string, histogram: Histogram): Family => ({ type: 'histogram', name, help, series: [{ histogram, scale: MS }] });

function countedBy<T>(items: Iterable<T>, label: string, of: (item: T) => string): readonly Sample[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1);
  return [...counts].sort().map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function pushFamilies({ counters, meters }: FamilyParts['plane']): readonly Family[] {
  const types = Object.entries(meters.types);
  return [
    times('weft_convergence_seconds', 'From a change until a proxy that is to hear of it has acknowledged all of it.', meters.convergence),
    times('weft_queue_seconds', 'From a change until work on it begins.', meters.queue),
    times('weft_compile_seconds', 'Changes of one batch to snapshots.', meters.compile),
    times('weft_send_seconds', 'Snapshots of one batch to bytes on streams.', meters.send),
    counter('weft_pushes_total', 'Snapshots handed to streams because something they may see changed.', counters.pushes),
    counter(
      'weft_responses_total',
      'Responses to proxies, by type of resource.',
      types.map(([type, { responses }]) => ({ labels: { type }, value: responses })),
    ),
    counter(
      'weft_rejects_total',
      'Resources that proxies refused, by type.',
      types.map(([type, { refusals }]) => ({ labels: { type }, value: refusals })),
    ),
    {
      type: 'histogram',
      name: 'weft_response_bytes',
      help: 'Size of responses to proxies, by type of resource.',
      series: types.map(([type, { bytes }]) => ({ labels: { type }, histogram: bytes })),
    },
    counter('weft_sent_bytes_total', 'Bytes of configuration written to streams.', counters.bytesSent),
    counter('weft_compiles_total', 'Services planned, per view, and proxies planned.', counters.compiles),
    counter('weft_events_total', 'Changes that the source told.', counters.events),
    counter(
      'weft_triggers_total',
      'Batches of changes by what was urgent in them.',
      Object.entries(meters.triggers).map(([type, value]) => ({ labels: { type }, value })),
    ),
    counter('weft_streams_total', 'Streams that proxies opened.', counters.streams),
    counter('weft_internal_errors_total', 'Exceptions while compiling: bugs; the last good form stays in force.', meters.bugs),
  ];
}

function meshFamilies({ plane: { mesh, sizes }, revision }: FamilyParts, proxies: readonly ProxyView[]): readonly Family[] {
  const ends = proxies.flatMap(({ connected, certificateNotAfter: at }) => (connected && at > 0 ? [at] : []));
  return [
    gauge(
      'weft_proxies',
      'Proxies by whether they run what they were sent.',
      countedBy(proxies, 'sync', ({ sync }) => sync),
    ),
    gauge(
      'weft_proxy_versions',
      'Connected proxies by version of Envoy.',
      countedBy(
        proxies.filter(({ connected }) => connected),
        'version',
        ({ envoyVersion }) => envoyVersion || 'unknown',
      ),
    ),
    gauge('weft_proxies_waiting', 'Streams that wait to be let in.', sizes.waiting),
    gauge(
      'weft_proxy_certificate_end_seconds',
      'When the first certificate of a connected proxy ends, since 1970.',
      ends.length === 0 ? [] : Math.min(...ends) / 1000,
    ),
    gauge(
      'weft_documents',
      'Documents in force, by kind.',
      countedBy(mesh.documents.values(), 'kind', ({ kind }) => kind),
    ),
    gauge('weft_services', 'Services in force.', mesh.services.size),
    gauge('weft_routes', 'Routes in force.', mesh.routes.size),
    gauge(
      'weft_workloads',
      'Workloads by state.',
      countedBy(mesh.workloads.values(), 'state', ({ state }) => state),
    ),
    gauge('weft_mesh_revision', 'Number of the mesh in force.', mesh.revision),
    gauge('weft_store_revision', 'Newest revision of the store.', revision()),
  ];
}

async function keepingFamilies({ meters, ca, lost, health }: FamilyParts): Promise<readonly Family[]> {
  const [kept, { storeProblem, freeBytes }] = await Promise.all([lost(), health.view()]);
  const { roots } = ca();
  return [
    times('weft_store_commit_seconds', 'Transactions of the store, until they are on disk.', meters.commits),
    gauge('weft_store_writable', '1 while the store takes writes.', storeProblem === '' ? 1 : 0),
    gauge('weft_store_free_bytes', 'Room on the disk of the data folder.', freeBytes),
    times('weft_ca_issue_seconds', 'Certificates for proxies, until they are signed, waiting included.', meters.signed),
    counter('weft_ca_failures_total', 'Certificates that could not be signed.', meters.unsigned.count),
    gauge(
      'weft_ca_root_end_seconds',
      'When a root ends, since 1970.',
      roots.filter(({ state }) => state !== 'dropped').map(({ name, state, notAfter }) => ({ labels: { root: name, state }, value: notAfter / 1000 })),
    ),
    counter(
      'weft_telemetry_received_total',
      'What proxies told: records, spans, messages with metrics.',
      kept.map(({ what, received }) => ({ labels: { what }, value: received })),
    ),
    counter(
      'weft_telemetry_lost_total',
      'What of that was not kept, and why.',
      kept.flatMap(({ what, lost: each }) => Object.entries(each).map(([why, value]) => ({ labels: { what, why }, value }))),
    ),
  ];
}

/** Families in the order in which they are shown. */
export async function familiesOf(parts: FamilyParts): Promise<readonly Family[]> {
  return [
    gauge('weft_build_info', 'Version of the control plane; always 1.', [{ labels: { version: parts.version }, value: 1 }]),
    ...pushFamilies(parts.plane),
    ...meshFamilies(parts, parts.plane.proxies()),
    ...(await keepingFamilies(parts)),
    ...parts.meters.webhooks.families(),
    ...processFamilies(parts.health, parts.meters.collections),
  ];
}
