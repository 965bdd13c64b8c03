// Learning who uses what: fallbacks tell of every connection that came over them, with the caller's verified identity and the address it
// asked for. Each new pair becomes part of a LearnedScope document, and so reaches the caller's proxies the way every document does.
import type { Clock } from '../base/index.ts';
import { EDGES_LOG } from '../compile/index.ts';
import { decodeAccessLogs, type LoggedConnection } from '../envoy/index.ts';
import { type Document, type Mesh, makeDocumentKey, parseSpiffeId, type ServiceKey, serviceOfOwner, servicesOfWorkload } from '../model/index.ts';
import { wordsOf } from './errors.ts';
import type { MachineDocuments } from './machines-ports.ts';
import type { ControlPorts } from './ports.ts';

export interface EdgePorts extends Pick<ControlPorts, 'log'> {
  readonly clock: Clock;
  readonly documents: Pick<MachineDocuments, 'get' | 'write'>;
  mesh(): Mesh;
}

const AUTHOR = 'weft';
/** Connections of one moment become one write. */
const GATHER_MS = 10;
/** Two control planes, or a user, may write at the same time. */
const MOST_TRIES = 5;
/** More than any service account uses; a scanner must not make a document of a megabyte. */
const MOST_SERVICES = 2000;

/** Takes the access logs of fallbacks, and nobody else's. */
export class EdgeLearner {
  readonly #ports: EdgePorts;
  readonly #new = new Map<string, Set<ServiceKey>>();
  #writing: Promise<void> = Promise.resolve();
  #cancel: (() => void) | undefined;

  constructor(ports: EdgePorts) {
    this.#ports = ports;
  }

  readonly takes = (log: string): boolean => log === EDGES_LOG;

  /** Resolves when what was learned so far is written. */
  async close(): Promise<void> {
    this.#cancel?.();
    this.#write();
    await this.#writing;
  }

  /** Why this proxy may not tell who calls whom; undefined when it may. */
  refuses({ workload }: { readonly workload: string }): string | undefined {
    return this.#isFallback(workload) ? undefined : 'only fallbacks may tell who calls whom';
  }

  take(_log: string, { proxy }: { readonly proxy: string }, bytes: Uint8Array): void {
    try {
      for (const connection of decodeAccessLogs(bytes).connections) this.#seen(connection);
    } catch (error) {
      this.#ports.log('warn', 'an access log could not be read', { proxy, error: wordsOf(error) });
    }
  }

  #isFallback(workload: string): boolean {
    const mesh = this.#ports.mesh();
    const found = mesh.workloads.get(workload);
    // Being one is not for a proxy to say: its service account must serve the Service that the Mesh names.
    return found?.proxy?.capture.mode === 'fallback' && servicesOfWorkload(mesh, found).some((service) => service.key === mesh.config.fallback);
  }

  #seen({ peers, address }: LoggedConnection): void {
    const mesh = this.#ports.mesh();
    const owner = mesh.index.addresses.get(address);
    if (owner === undefined) return;
    const service = serviceOfOwner(owner);
    for (const peer of peers) {
      const id = parseSpiffeId(peer);
      if (!id.ok || id.value.trustDomain !== mesh.config.trustDomain) continue;
      const account = `${id.value.namespace}/${id.value.serviceAccount}`;
      if (mesh.learned.get(account)?.services.includes(service) === true) continue;
      this.#new.set(account, (this.#new.get(account) ?? new Set()).add(service));
    }
    if (this.#new.size > 0) this.#cancel ??= this.#ports.clock.after(GATHER_MS, () => this.#write());
  }

  #write(): void {
    this.#cancel = undefined;
    const found = [...this.#new];
    this.#new.clear();
    this.#writing = this.#writing.then(async () => {
      for (const [account, services] of found) await this.#remember(account, services);
    });
  }

  async #remember(account: string, services: ReadonlySet<ServiceKey>): Promise<void> {
    const { documents, log } = this.#ports;
    const [namespace = '', name = ''] = account.split('/');
    const key = makeDocumentKey('weft.dev', 'LearnedScope', namespace, name);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const known = documents.get(key);
      const document = learnedDocument(known, { namespace, name, services });
      if (document === undefined) return;
      try {
        const written = await documents.write([{ kind: 'put', document, expect: known?.metadata.resourceVersion ?? 'absent' }], AUTHOR);
        if (written.ok) return log('info', 'learned who calls whom', { account, services: [...services] });
      } catch (error) {
        return log('warn', 'what was learned could not be written', { account, error: wordsOf(error) });
      }
    }
  }
}

interface Learned {
  readonly namespace: string;
  readonly name: string;
  readonly services: ReadonlySet<ServiceKey>;
}

/** The document with the services in it; undefined when they are in it already, or when there are too many. */
function learnedDocument(known: Document | undefined, { namespace, name, services }: Learned): Document | undefined {
  const before = (known?.spec['services'] ?? []) as readonly string[];
  const after = [...new Set([...before, ...services])].sort();
  if (after.length === before.length || after.length > MOST_SERVICES) return undefined;
  const metadata = known?.metadata ?? { name, namespace, labels: {}, annotations: {} };
  return { apiVersion: 'weft.dev/v1alpha1', kind: 'LearnedScope', metadata, spec: { serviceAccount: name, services: after } };
}
