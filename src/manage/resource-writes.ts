// Creating, replacing, patching and deleting one document, as Kubernetes does it.
import { randomUUID } from 'node:crypto';
import { type Clock, canonicalJson, type Diagnostic } from '../base/index.ts';
import { type Document, documentKey, type KindDefinition } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { type Answer, answer, jsonAnswer } from './answer.ts';
import { type Fields, isFields, mediaType, readBody, readFields } from './body.ts';
import { APPLIED, outward } from './document-text.ts';
import { manageError } from './errors.ts';
import { bad, fitted, named, shown } from './fit.ts';
import { grants } from './grants.ts';
import type { Intake } from './intake.ts';
import { documentAnswer } from './output.ts';
import { jsonPatch, mergeApplied, mergePatch, strategicPatch } from './patch/index.ts';
import type { Permit } from './permit.ts';
import { dryRun, keyOf, type OutputForm, one, type Query, type ResourceRequest } from './request.ts';
import { invalid, notFound, resourceName, writeRefused } from './status.ts';

/** How often a change without a resourceVersion is worked out again when the document changed meanwhile. */
const ATTEMPTS = 8;

export interface WriteRequest {
  readonly resource: ResourceRequest;
  readonly query: Query;
  readonly form: OutputForm;
  readonly body: unknown;
  readonly contentType: string | undefined;
  /** Who writes, for the history. */
  readonly author: string;
  readonly permit: Permit;
}

export interface WriteOptions {
  readonly store: Store;
  readonly intake: Intake;
  readonly clock: Clock;
}

interface Parsed {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
}

export class ResourceWrites {
  readonly #store: Store;
  readonly #intake: Intake;
  readonly #clock: Clock;

  constructor({ store, intake, clock }: WriteOptions) {
    this.#store = store;
    this.#intake = intake;
    this.#clock = clock;
  }

  async create(request: WriteRequest): Promise<Answer> {
    const fields = named(fitted(readFields(request.body, request.contentType), request.resource));
    return this.#createParsed(this.#parse(fields, request), request);
  }

  async #createParsed(parsed: Parsed, request: WriteRequest): Promise<Answer> {
    const { document, diagnostics } = this.#granted(parsed, undefined, request);
    const fresh = withoutStatus(document);
    if (dryRun(request.query)) {
      if (this.#store.get(documentKey(fresh)) !== undefined)
        throw writeRefused(request.resource.kind, fresh.metadata.name, { kind: 'exists', key: documentKey(fresh) });
      return this.#say(201, this.#simulate(fresh, undefined), diagnostics, request);
    }
    const result = await this.#intake.write([{ kind: 'put', document: fresh, expect: 'absent' }], request.author);
    if (!result.ok) throw writeRefused(request.resource.kind, fresh.metadata.name, result.error);
    return this.#say(201, result.value[0] ?? fresh, diagnostics, request);
  }

  async replace(request: WriteRequest): Promise<Answer> {
    const { resource } = request;
    const fields = fitted(readFields(request.body, request.contentType), resource);
    return this.#retried(setsVersion(fields), async () => {
      const current = this.#current(resource);
      const whole = resource.status ? { ...outward(current), metadata: fields['metadata'], status: fields['status'] ?? {} } : fields;
      return this.#update(this.#parse(whole, request), current, request);
    });
  }

  /** RFC 6902, RFC 7396, strategic merge and server-side apply, by content type. */
  async patch(request: WriteRequest): Promise<Answer> {
    const { resource, body, contentType } = request;
    const type = mediaType(contentType);
    if (type === 'application/apply-patch+yaml') {
      const applied = fitted(readFields(body, contentType), resource);
      return this.#retried(setsVersion(applied), () => this.#apply(applied, request));
    }
    const patchOf = patchWith(type);
    const patch = readBody(body, contentType);
    return this.#retried(setsVersion(patch), async () => {
      const current = this.#current(resource);
      const patched = patchOf(outward(current), patch);
      if (!isFields(patched)) throw bad('the patch leaves no document');
      const whole = resource.status ? { ...outward(current), metadata: patched['metadata'], status: patched['status'] ?? {} } : patched;
      return this.#update(this.#parse(fitted(whole, resource), request), current, request);
    });
  }

  async #apply(applied: Fields, request: WriteRequest): Promise<Answer> {
    const { resource, query } = request;
    const manager = one(query, 'fieldManager') ?? '';
    if (manager === '') throw bad('server-side apply needs a fieldManager');
    const current = this.#store.get(keyOf(resource, resource.name ?? ''));
    if (current === undefined && resource.status) throw notFound(resource.kind, resource.name ?? '');
    const { kind, namespace } = resource;
    // As in Kubernetes: an apply that makes a document needs more than one that changes it.
    if (current === undefined) request.permit.require({ verb: 'create', group: kind.group, resource: kind.plural, namespace, name: '' });
    const live = current === undefined ? undefined : outward(current);
    const result = mergeApplied({ live, applied, manager, remembered: current?.metadata.annotations[APPLIED] });
    const { document, diagnostics } = this.#parse(result.document, request);
    const parsed = { document: annotated(document, result.remembered), diagnostics };
    return current === undefined ? this.#createParsed(parsed, request) : this.#update(parsed, current, request);
  }

  /** Tries again when somebody else was faster, unless the client named the version it wants to change. */
  async #retried(versioned: boolean, attempt: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answered = await attempt().catch((error: unknown) => {
        if (tries < ATTEMPTS && isRace(error) && !versioned) return undefined;
        throw error;
      });
      if (answered !== undefined) return answered;
    }
  }

  async #update(parsed: Parsed, current: Document, request: WriteRequest): Promise<Answer> {
    const { document, diagnostics } = this.#granted(parsed, current, request);
    const { kind, status } = request.resource;
    const { name, uid, resourceVersion } = document.metadata;
    if (uid !== undefined && uid !== current.metadata.uid)
      throw manageError(
        'conflict',
        `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the uid is ${current.metadata.uid}, not ${uid}: it is another document of the same name`,
      );
    const expect = resourceVersion ?? current.metadata.resourceVersion ?? '';
    if (expect !== current.metadata.resourceVersion)
      throw writeRefused(kind, name, { kind: 'conflict', key: documentKey(current), current: current.metadata.resourceVersion ?? '' });
    const next = status ? { ...current, status: document.status ?? {} } : withoutStatus(remembering(document, current));
    if (dryRun(request.query)) return this.#say(200, this.#simulate(next, current), diagnostics, request);
    const result = await this.#intake.write([{ kind: 'put', document: next, expect }], request.author);
    if (!result.ok) throw writeRefused(kind, name, result.error);
    return this.#say(200, result.value[0] ?? next, diagnostics, request);
  }

  async delete(request: WriteRequest): Promise<Answer> {
    const { kind, name = '' } = request.resource;
    const options = typeof request.body === 'string' && request.body !== '' ? readFields(request.body, request.contentType) : {};
    const current = this.#current(request.resource);
    this.#refuseElsewhere(current, kind);
    const wanted = isFields(options['preconditions']) ? options['preconditions'] : {};
    const { uid = current.metadata.uid, resourceVersion } = wanted;
    if (uid !== current.metadata.uid)
      throw manageError(
        'conflict',
        `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the uid in the precondition is ${shown(uid)}, the document's is ${current.metadata.uid}`,
      );
    const dry = dryRun(request.query) || (Array.isArray(options['dryRun']) && options['dryRun'].includes('All'));
    const expect = typeof resourceVersion === 'string' ? { expect: resourceVersion } : {};
    if (!dry) {
      const result = await this.#intake.write([{ kind: 'delete', key: documentKey(current), ...expect }], request.author);
      if (!result.ok) throw writeRefused(kind, name, result.error);
    }
    return jsonAnswer(200, {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 200,
      details: { name, group: kind.group, kind: kind.plural, uid: current.metadata.uid },
    });
  }

  #refuseElsewhere(document: Document, kind: KindDefinition): void {
    const elsewhere = this.#intake.objections([document]);
    if (elsewhere.length > 0) throw invalid(kind, document.metadata.name, elsewhere);
  }

  /** With what is to say about what it would give away; throws `forbidden` or `invalid`. */
  #granted({ document, diagnostics }: Parsed, current: Document | undefined, { permit, resource }: WriteRequest): Parsed {
    this.#refuseElsewhere(document, resource.kind);
    const said = grants([{ document, current }], permit, this.#store);
    if (said.some((each) => each.severity === 'error')) throw invalid(resource.kind, document.metadata.name, said);
    return { document, diagnostics: [...diagnostics, ...said] };
  }

  #current(resource: ResourceRequest): Document {
    const current = this.#store.get(keyOf(resource, resource.name ?? ''));
    if (current === undefined) throw notFound(resource.kind, resource.name ?? '');
    return current;
  }

  #parse(fields: Fields, { resource }: WriteRequest): Parsed {
    const { document, diagnostics } = this.#intake.parse(fields);
    if (document === undefined) {
      const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
      throw invalid(resource.kind, shown(metadata['name'] ?? ''), diagnostics);
    }
    return { document, diagnostics };
  }

  /** What the store would make of it. */
  #simulate(document: Document, current: Document | undefined): Document {
    const { documents, diagnostics } = this.#intake.preview([document]);
    if (diagnostics.length > 0) throw invalid({ kind: document.kind, group: '' }, document.metadata.name, diagnostics);
    const complete = documents[0] ?? document;
    const same = current !== undefined && canonicalJson(current.spec) === canonicalJson(complete.spec);
    const own = {
      uid: current?.metadata.uid ?? randomUUID(),
      creationTimestamp: current?.metadata.creationTimestamp ?? `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`,
      generation: (current?.metadata.generation ?? 0) + (same ? 0 : 1),
      ...(current?.metadata.resourceVersion === undefined ? {} : { resourceVersion: current.metadata.resourceVersion }),
    };
    const { resourceVersion: _, ...metadata } = complete.metadata;
    const status = complete.status ?? current?.status;
    return { ...complete, metadata: { ...metadata, ...own }, ...(status === undefined ? {} : { status }) };
  }

  #say(code: number, document: Document, diagnostics: readonly Diagnostic[], { resource, form }: WriteRequest): Answer {
    return answer(code, documentAnswer(document, resource.kind, form, this.#clock.now()), diagnostics);
  }
}

/** The status is not written together with the document: it has its own path, and the store keeps what there is. */
function withoutStatus(document: Document): Document {
  const { status: _, ...rest } = document;
  return rest;
}

function annotated(document: Document, remembered: string): Document {
  return { ...document, metadata: { ...document.metadata, annotations: { ...document.metadata.annotations, [APPLIED]: remembered } } };
}

/** What server-side apply remembers is not shown, so clients do not send it back. */
function remembering(document: Document, current: Document): Document {
  const remembered = current.metadata.annotations[APPLIED];
  return remembered === undefined || document.metadata.annotations[APPLIED] !== undefined ? document : annotated(document, remembered);
}

const isRace = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'conflict';

const setsVersion = (patch: unknown): boolean => isFields(patch) && isFields(patch['metadata']) && patch['metadata']['resourceVersion'] !== undefined;

function patchWith(type: string): (value: unknown, patch: unknown) => unknown {
  if (type === 'application/json-patch+json') return jsonPatch;
  if (type === 'application/merge-patch+json') return mergePatch;
  if (type === 'application/strategic-merge-patch+json') return strategicPatch;
  const known = 'application/merge-patch+json, application/json-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
  throw manageError('unsupported-media-type', `a patch of type ${type} is not known: ${known} are`);
}
