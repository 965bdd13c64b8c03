// What people ask of the running mesh: what holds, what became of fields, what is wrong among documents, what a change would do.
import type { EffectView, FatesView } from '../api/index.ts';
import { byCodeUnit, type Clock, type Diagnostic, type Severity } from '../base/index.ts';
import { affected, documentDiagnostics, effectOf, expiryDiagnostics, fatesOf, graphSteps } from '../compile/index.ts';
import { apply, type Document, type DocumentKey, documentKey, type Mesh, type ModelEvent } from '../model/index.ts';
import { contentVersion } from './compiler.ts';
import { endedDiagnostics } from './endings.ts';
import type { QuarantineWard } from './quarantine.ts';

type Now = Pick<Clock, 'now' | 'monotonic'>;

/** Work between two looks at what else there is to do. */
const SLICE_MS = 5;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs a computation in slices, so that pushes and streams go on meanwhile. */
async function inSlices<T>(steps: Generator<undefined, T>, monotonic: Now['monotonic']): Promise<T> {
  for (let since = monotonic(); ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (monotonic() - since < SLICE_MS) continue;
    await breathe();
    since = monotonic();
  }
}

const puts = (documents: readonly Document[]): readonly ModelEvent[] => documents.map((document) => ({ kind: 'put', document }));

/** What would change in proxies and services if these documents were written. */
export function effectOfDocuments(mesh: Mesh, documents: readonly Document[], monotonic: () => number): Promise<EffectView> {
  const { mesh: after, changes } = apply(mesh, puts(documents));
  return inSlices(effectOf(mesh, after, { changes, hash: contentVersion }), monotonic);
}

/** The fates of a document's fields; undefined when it is not in the mesh. */
export function fatesInMesh(
  mesh: Mesh,
  key: DocumentKey,
  { ward, now }: { readonly ward: Pick<QuarantineWard, 'get'>; readonly now: number },
): FatesView | undefined {
  return mesh.documents.has(key) ? fatesOf(mesh, key, { refusal: ward.get(key), said: timely(mesh, key, now) }) : undefined;
}

/** What changes with time alone: certificates, and documents that end. */
function timely(mesh: Mesh, key: DocumentKey, now: number): readonly Diagnostic[] {
  return [...endedDiagnostics(mesh, key, now), ...expiryDiagnostics(mesh, key, now)];
}

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function* everyDiagnostic(mesh: Mesh, now: number): Generator<undefined, readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const key of [...mesh.documents.keys()].sort(byCodeUnit)) {
    found.push(...documentDiagnostics(mesh, key as DocumentKey), ...timely(mesh, key as DocumentKey, now));
    yield;
  }
  return [...found, ...(yield* graphSteps(mesh))];
}

/** All that is wrong among the documents, errors first; what is only worth knowing is left out. */
export async function findingsOf(mesh: Mesh, clock: Now): Promise<readonly Diagnostic[]> {
  const items = (await inSlices(everyDiagnostic(mesh, clock.now()), () => clock.monotonic())).filter((each) => each.severity !== 'info');
  return items.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** A change that touches more services than this is checked around the first of them. */
const MOST_AROUND = 200;

/** What there is to say of documents that are about to be written: of each, and, along the calls around them, what they bring about. */
export function analyze(mesh: Mesh, documents: readonly Document[], clock: Now): Promise<readonly Diagnostic[]> {
  return inSlices(analysis(mesh, documents, clock.now()), () => clock.monotonic());
}

function* analysis(mesh: Mesh, documents: readonly Document[], now: number): Generator<undefined, readonly Diagnostic[]> {
  const { mesh: after, changes } = apply(mesh, puts(documents));
  yield;
  const found: Diagnostic[] = [];
  for (const document of documents) {
    const key = documentKey(document);
    found.push(...documentDiagnostics(after, key), ...timely(after, key, now));
    yield;
  }
  const around = new Set([...affected(mesh, after, changes).services.keys()].slice(0, MOST_AROUND));
  if (around.size === 0) return found;
  const known = new Set((yield* graphSteps(mesh, { around })).map(idOf));
  const written = new Set(documents.map((document) => `${document.kind} ${document.metadata.namespace}/${document.metadata.name}`));
  const graph = yield* graphSteps(after, { around });
  return [...found, ...graph.filter((each) => !known.has(idOf(each)) || written.has(`${each.at.kind} ${each.at.namespace}/${each.at.name}`))];
}

const idOf = ({ code, at, message }: Diagnostic): string => JSON.stringify([code, at.kind, at.namespace, at.name, at.path, message]);
