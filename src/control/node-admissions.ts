// Which workloads a node has proved to speak for: their join tokens went through its hands, while it showed its own token (machines-node.ts). The
// documents say which node serves a workload, and whoever may write documents can say that; certificates go by what is kept here. Of pods it is the
// API server that says on which node they run and what they chose (decision 0037): nobody else writes the Workloads that are made of them.
import { isMirrored, type Mesh, makeDocumentKey, type Workload, type WorkloadKey, workloadsOfNode } from '../model/index.ts';

/** One workload that a node joined for. */
export interface Admitted {
  readonly node: WorkloadKey;
  /** `namespace/name` of its service account. */
  readonly account: string;
}

/** Remembers across restarts. */
export interface AdmissionStore {
  load(): ReadonlyMap<WorkloadKey, Admitted>;
  save(workload: WorkloadKey, admitted: Admitted | undefined): Promise<void>;
}

/** In memory only, for tests. */
export const NO_ADMISSIONS: AdmissionStore = { load: () => new Map(), save: async () => {} };

export class NodeAdmissions {
  readonly #store: AdmissionStore;
  readonly #known: Map<WorkloadKey, Admitted>;

  constructor(store: AdmissionStore = NO_ADMISSIONS) {
    this.#store = store;
    this.#known = new Map(store.load());
  }

  /** To be called before the workload is written. */
  async admit(workload: WorkloadKey, admitted: Admitted): Promise<void> {
    this.#known.set(workload, admitted);
    await this.#store.save(workload, admitted);
  }

  async forget(workload: WorkloadKey): Promise<void> {
    if (this.#known.delete(workload)) await this.#store.save(workload, undefined);
  }

  /** Forgets workloads that are not there any more. */
  async prune(there: (workload: WorkloadKey) => boolean): Promise<void> {
    for (const workload of [...this.#known.keys()]) if (!there(workload)) await this.forget(workload);
  }

  /** Workloads that name the node, by whether it has proved them under the account that they have; sorted. */
  served(mesh: Mesh, node: WorkloadKey): { readonly proved: readonly WorkloadKey[]; readonly unproved: readonly WorkloadKey[] } {
    const proved: WorkloadKey[] = [];
    const unproved: WorkloadKey[] = [];
    for (const workload of workloadsOfNode(mesh, node)) {
      const { key, namespace, serviceAccount } = workload;
      const admitted = this.#known.get(key);
      const joined = admitted?.node === node && admitted.account === `${namespace}/${serviceAccount}`;
      (joined || isBound(mesh, workload, mesh.workloads.get(node)) ? proved : unproved).push(key);
    }
    return { proved, unproved };
  }
}

/** Both are pods, and the API server says that they run on the same node. */
function isBound(mesh: Mesh, workload: Workload, node: Workload | undefined): boolean {
  return node?.node === true && workload.machine === node.machine && isPod(mesh, workload) && isPod(mesh, node);
}

function isPod(mesh: Mesh, { namespace, name }: Workload): boolean {
  const document = mesh.documents.get(makeDocumentKey('weft.dev', 'Workload', namespace, name));
  return document !== undefined && isMirrored(document);
}
