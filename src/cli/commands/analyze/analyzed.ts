import type { Diagnostic } from '../../../base/index.ts';
import { apply, documentKey, ownershipProblems } from '../../../model/index.ts';
import { emptyMesh } from '../../../policy/index.ts';
import type { ReadDocuments } from '../../../source/index.ts';
import { programFindings } from './programs.ts';

/** Services without workloads: workloads join when they run, so no file has them. */
const NEEDS_RUNNING = new Set(['WEFT1309', 'WEFT1905', 'WEFT1613']);
/** Between two looks at whether to stop, and at how far it is. */
const STEP = 64;

/**
 * What the model, the compiler and the graph checks say of all documents together. A reference that leads out of the files may still be
 * good, so what is wrong only among documents is never worse than a warning.
 */
export async function analyzed({ documents }: ReadDocuments, step: (done: number, total: number) => void): Promise<readonly Diagnostic[]> {
  const { documentDiagnostics, graphFindings } = await import('../../../compile/index.ts');
  const { mesh } = apply(
    emptyMesh(),
    documents.map(({ document }) => ({ kind: 'put', document })),
  );
  const found: Diagnostic[] = [];
  for (const [at, { document }] of documents.entries()) {
    const key = documentKey(document);
    const own = mesh.diagnostics.get(key) ?? [];
    const among = documentDiagnostics(mesh, key).filter((each) => !own.includes(each) && !NEEDS_RUNNING.has(each.code));
    found.push(...own, ...among.map(asWarning));
    if (at % STEP === STEP - 1) {
      step(at + 1, documents.length);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
  const graph = graphFindings(mesh).filter((each) => !NEEDS_RUNNING.has(each.code));
  const programs = await programFindings(documents.map(({ document }) => document));
  const all = documents.map(({ document }) => document);
  const owned = ownershipProblems(
    all,
    all.find(({ kind, apiVersion }) => kind === 'Mesh' && apiVersion.startsWith('weft.dev/')),
  );
  return [...found, ...owned, ...programs, ...graph.map(asWarning)];
}

function asWarning(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.severity === 'error' ? { ...diagnostic, severity: 'warning' } : diagnostic;
}
