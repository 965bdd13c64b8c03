// Small adapters between what one room offers and what another one asks for.
import type { Clock } from '../base/index.ts';
import type { Issuer, PassedStore, QuarantineStore, StatusSink } from '../control/index.ts';
import { SigningQueue } from '../identity/index.ts';
import { type DocumentKey, type Mesh, plainServiceName, servicesOfWorkload, type Workload } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import type { LogClaims, Sender } from '../telemetry/index.ts';

const QUARANTINE = 'quarantine';
const PASSED = 'passed-check';
const AUTHOR = 'weft';

/** Statuses go to the store, one transaction a batch; documents that are gone by then are left out. */
export function statusSink(store: Store): StatusSink {
  return {
    write: async (statuses) => {
      const known = statuses.filter(({ key }) => store.get(key) !== undefined);
      const written = await store.write(
        known.map(({ key, status }) => ({ kind: 'status', key, status })),
        AUTHOR,
      );
      // A document may have been deleted since: the others of the batch are written without it.
      if (!written.ok) for (const { key, status } of known) await store.write([{ kind: 'status', key, status }], AUTHOR);
    },
  };
}

/** Certificates in turn: one identity that asks often waits for itself, not the others for it. */
export function issuerInTurn(authority: Issuer, clock: Clock): Issuer {
  const queue = new SigningQueue((id, workload) => authority.issue(id, workload), clock);
  return {
    issue: (id, workload) => queue.issue(id, workload),
    held: (id, version) => authority.held(id, version),
    ...(authority.trustDomain === undefined ? {} : { trustDomain: authority.trustDomain }),
    get issuing() {
      return authority.issuing;
    },
    get cycle() {
      return authority.cycle;
    },
    bundle: () => authority.bundle(),
    onBundle: (callback) => authority.onBundle(callback),
  };
}

/** Quarantine records are small durable values of the store. */
export function quarantineStore(store: Store): QuarantineStore {
  return {
    load: () => new Map([...store.listValues(QUARANTINE)].map(([key, text]) => [key as DocumentKey, JSON.parse(text)])),
    save: (key, entry) => store.putValue(QUARANTINE, key, entry === undefined ? undefined : JSON.stringify(entry)),
  };
}

/** So is what has passed Envoy's check. */
export function passedStore(store: Store): PassedStore {
  return {
    load: () => new Map([...store.listValues(PASSED)].map(([key, text]) => [key as DocumentKey, JSON.parse(text)])),
    save: (key, passed) => store.putValue(PASSED, key, passed === undefined ? undefined : JSON.stringify(passed)),
  };
}

/** What the mesh knows of a proxy that sends records. A workload that is gone has sent its last ones without it. */
export function senderOf(mesh: () => Mesh, revision: () => number): (claims: LogClaims) => Sender {
  return ({ proxy, id, workload }) => {
    const found = mesh().workloads.get(workload);
    return { proxy, identity: id, revision: revision(), ...(found === undefined ? { service: '', ports: {} } : describe(mesh(), found)) };
  };
}

function describe(mesh: Mesh, workload: Workload): Pick<Sender, 'service' | 'ports'> {
  const [service] = servicesOfWorkload(mesh, workload);
  return {
    service: service === undefined ? '' : plainServiceName(service.key),
    ports: Object.fromEntries(workload.ports.map(({ port, proxyPort }) => [proxyPort, port])),
  };
}
