import type { EffectiveRequest, EffectiveView, EffectView, ExplainView, FatesView } from '../api/index.ts';
import type { Diagnostic } from '../base/index.ts';
import { type ExplainQuestion, effectiveOf, explain } from '../compile/index.ts';
import type { Document, DocumentKey, Mesh } from '../model/index.ts';
import { withEnded } from './endings.ts';
import type { Fleet } from './fleet.ts';
import type { ControlPorts } from './ports.ts';
import { preview } from './preview.ts';
import { diagnosticsOf, type Standpoint } from './programmed.ts';
import type { QuarantineWard } from './quarantine.ts';
import { analyze, effectOfDocuments, fatesInMesh, findingsOf } from './truth.ts';

export interface QuestionsOptions {
  readonly ports: Pick<ControlPorts, 'clock' | 'checker' | 'moot'>;
  mesh(): Mesh;
  readonly fleet: Fleet;
  readonly ward: QuarantineWard;
  standpoint(): Standpoint;
}

/** What people and programs ask of the mesh that is in force: each answer is worked out when it is asked for, and changes nothing. */
export class Questions {
  readonly #options: QuestionsOptions;

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  explain(question: ExplainQuestion): ExplainView {
    const mesh = this.#options.mesh();
    return withEnded(mesh, explain(mesh, question), this.#options.ports.clock.now());
  }

  /** What holds at a service, and why. */
  effective(question: EffectiveRequest): EffectiveView {
    return effectiveOf(this.#options.mesh(), question);
  }

  /** What became of every field of a document; undefined when it is not there. */
  fates(key: DocumentKey): FatesView | undefined {
    const { mesh, ward, ports } = this.#options;
    return fatesInMesh(mesh(), key, { ward, now: ports.clock.now() });
  }

  /** What is wrong among the documents. */
  findings(): Promise<readonly Diagnostic[]> {
    return findingsOf(this.#options.mesh(), this.#options.ports.clock).then((found) => this.#true(found));
  }

  /** What writing these documents would do. */
  effect(documents: readonly Document[]): Promise<EffectView> {
    return effectOfDocuments(this.#options.mesh(), documents, () => this.#options.ports.clock.monotonic());
  }

  /** What there is to say of documents that are about to be written, given the mesh of now; the work is done when it is asked for. */
  analyze(documents: readonly Document[]): () => Promise<readonly Diagnostic[]> {
    const mesh = this.#options.mesh();
    return () => analyze(mesh, documents, this.#options.ports.clock).then((found) => this.#true(found));
  }

  /** Everything there is to say against a document, as it is in the mesh now. */
  diagnosticsOf(key: DocumentKey): readonly Diagnostic[] {
    return diagnosticsOf(key, this.#options.standpoint());
  }

  /** What the real Envoy says against documents that are to be written; what it does not say within `timeoutMs` is told later, in their status. */
  preview(documents: readonly Document[], timeoutMs: number): Promise<readonly Diagnostic[]> {
    const { ports, mesh, fleet } = this.#options;
    return new Promise((resolve) => {
      const cancel = ports.clock.after(timeoutMs, () => resolve([]));
      void preview(documents, { checker: ports.checker, mesh: mesh(), proxies: fleet.proxies.values() })
        .catch(() => [])
        .then((found) => {
          cancel();
          resolve(found);
        });
    });
  }

  #true(found: readonly Diagnostic[]): readonly Diagnostic[] {
    const { moot } = this.#options.ports;
    return moot === undefined ? found : found.filter(({ code }) => !moot.has(code));
  }
}
