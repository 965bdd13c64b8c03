// What machines write into the store: the Workload of who joins, what it says of itself later, and what keeps others' documents from it.
import type { ReportRequest } from '../api/index.ts';
import type { Document, DocumentKey } from '../model/index.ts';
import { completedService, LEASED, serviceDocumentKey, spokenWorkload, workloadDocumentKey } from './machines-documents.ts';
import { machineError } from './machines-errors.ts';
import type { MachineDocuments, MachineWrite } from './machines-ports.ts';

/** How often a report is tried again when somebody else writes the same documents. */
const ATTEMPTS = 5;

export function keyOf(document: Document): DocumentKey {
  return workloadDocumentKey(document.metadata.namespace, document.metadata.name);
}

export function isLeased(document: Document): boolean {
  return document.metadata.annotations[LEASED] !== undefined;
}

/** What was written, without what the store adds. */
export function written(document: Document): Document {
  const { name, namespace, labels, annotations } = document.metadata;
  return { apiVersion: document.apiVersion, kind: document.kind, metadata: { name, namespace, labels, annotations }, spec: document.spec };
}

function replacing(document: Document): MachineWrite {
  const { resourceVersion } = document.metadata;
  return { kind: 'put', document, ...(resourceVersion === undefined ? {} : { expect: resourceVersion }) };
}

/** Throws `name-taken` where a Workload of that name is somebody else's. */
export function checkFree(documents: Pick<MachineDocuments, 'get'>, workload: Document): void {
  const existing = documents.get(keyOf(workload));
  if (existing === undefined) return;
  const name = `${workload.metadata.namespace}/${workload.metadata.name}`;
  if (!isLeased(existing))
    throw machineError(
      'name-taken',
      `a Workload ${name} was written by hand: choose another instance name (--instance), or delete it (weft delete workload ${workload.metadata.name} -n ${workload.metadata.namespace})`,
    );
  if (existing.spec['serviceAccount'] !== workload.spec['serviceAccount']) {
    throw machineError(
      'name-taken',
      `the Workload ${name} belongs to the service account ${String(existing.spec['serviceAccount'])}: choose another instance name (--instance)`,
    );
  }
}

/** True when the Service was made. When another instance made it at the same moment, that one is as good. Throws `busy`. */
export async function writeJoined(documents: MachineDocuments, workload: Document, service: Document | undefined): Promise<boolean> {
  const author = `machine ${workload.metadata.namespace}/${workload.metadata.name}`;
  const put: MachineWrite = { kind: 'put', document: workload };
  if (service !== undefined) {
    const both = await documents.write([put, { kind: 'put', document: service, expect: 'absent' }], author);
    if (both.ok) return true;
  }
  const one = await documents.write([put], author);
  if (!one.ok) throw machineError('busy', `the Workload ${author.slice('machine '.length)} is being changed by somebody else: try again`);
  return false;
}

export interface Reported {
  readonly workload: string;
  /** The Workload as it is now, put back where its lease had just ended. */
  present(): Promise<Document>;
}

/** Writes state and found protocols in one transaction; tries again when somebody else wrote in between. Throws `busy`. */
export async function writeReport(documents: MachineDocuments, who: Reported, request: ReportRequest): Promise<Document> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const workload = await who.present();
    const service = documents.get(serviceDocumentKey(workload.metadata.namespace, workload.metadata.annotations[LEASED] ?? ''));
    const completed = service === undefined || request.protocols === undefined ? undefined : completedService(service, workload, request.protocols);
    const spoken = spokenWorkload(workload, request.protocols ?? {});
    const same = spoken === workload && workload.spec['state'] === request.state;
    const writes = [
      ...(same ? [] : [replacing({ ...spoken, spec: { ...spoken.spec, state: request.state } })]),
      ...(completed === undefined ? [] : [replacing(completed)]),
    ];
    if (writes.length === 0) return workload;
    const done = await documents.write(writes, `machine ${who.workload}`);
    if (done.ok) return documents.get(keyOf(workload)) ?? workload;
  }
  throw machineError('busy', `the documents of ${who.workload} are being changed by somebody else: try again`);
}
