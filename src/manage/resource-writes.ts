// Creating, replacing, patching and deleting one document, as Kubernetes does it.
import { randomBytes, randomUUID } from 'node:crypto';
import { type Clock, canonicalJson, type Diagnostic } from '../base/index.ts';
import { type Document, documentKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { type Answer, answer, jsonAnswer } from './answer.ts';
import { type Fields, isFields, mediaType, readBody, readFields } from './body.ts';
import { outward } from './document-text.ts';
import { manageError } from './errors.ts';
import type { Intake } from './intake.ts';
import { documentAnswer } from './output.ts';
import { jsonPatch, mergeApplied, mergePatch, strategicPatch } from './patch/index.ts';
import { dryRun, keyOf, type OutputForm, one, type Query, type ResourceRequest } from './request.ts';
import { invalid, notFound, resourceName, writeRefused } from './status.ts';

/** How often a patch without a resourceVersion is computed again when the document changed meanwhile. */
const PATCH_ATTEMPTS = 8;

export interface WriteRequest {
  readonly resource: ResourceRequest;
  readonly query: Query;
  readonly form: OutputForm;
  readonly body: unknown;
  readonly contentType: string | undefined;
  /** Who writes, for the history. */
  readonly author: string;
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

const bad = (message: string): Error => manageError('bad-request', message);

/** A body with kind, namespace and name as the path has them; contradictions are refused. */
function fitted(fields: Fields, { kind, namespace, name }: ResourceRequest): Fields {
  const { apiVersion = kind.apiVersion, kind: kindName = kind.kind } = fields;
  if (apiVersion !== kind.apiVersion || kindName !== kind.kind)
    throw bad(`the body is a ${String(kindName)} of ${String(apiVersion)}, but this path is for ${kind.kind} of ${kind.apiVersion}`);
  const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
  const ownNamespace = metadata['namespace'] ?? '';
  if (kind.namespaced && namespace !== '' && ownNamespace !== '' && ownNamespace !== namespace)
    throw bad(`the namespace of the provided object does not match the namespace sent on the request (${JSON.stringify(ownNamespace)}, ${namespace})`);
  if (name !== undefined && metadata['name'] !== undefined && metadata['name'] !== name)
    throw bad(`the name of the object (${JSON.stringify(metadata['name'])}) does not match the name on the URL (${name})`);
  const placed = kind.namespaced ? (namespace === '' ? {} : { namespace }) : { namespace: undefined };
  return { ...fields, apiVersion, kind: kindName, metadata: { ...metadata, ...placed, ...(name === undefined ? {} : { name }) } };
}

/** `generateName` plus five characters that spell nothing. */
function named(fields: Fields): Fields {
  const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
  const prefix = metadata['generateName'];
  if (metadata['name'] !== undefined || typeof prefix !== 'string') return fields;
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  const suffix = [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('');
  return { ...fields, metadata: { ...metadata, name: `${prefix.slice(0, 58)}${suffix}` } };
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

  async #createParsed({ document, diagnostics }: Parsed, request: WriteRequest): Promise<Answer> {
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
    const fields = fitted(readFields(request.body, request.contentType), request.resource);
    const current = this.#current(request.resource);
    const parsed = this.#parse(
      request.resource.status ? { ...outward(current), metadata: fields['metadata'], status: fields['status'] ?? {} } : fields,
      request,
    );
    return this.#update(parsed, current, request);
  }

  /** RFC 6902, RFC 7396, strategic merge and server-side apply, by content type. */
  async patch(request: WriteRequest): Promise<Answer> {
    const type = mediaType(request.contentType);
    const patch =
      type === 'application/apply-patch+yaml'
        ? fitted(readFields(request.body, request.contentType), request.resource)
        : readBody(request.body, request.contentType);
    for (let attempt = 1; ; attempt++) {
      const answered = await this.#patchOnce(type, patch, request).catch((error: unknown) => {
        if (attempt < PATCH_ATTEMPTS && isRace(error) && !setsVersion(patch)) return undefined;
        throw error;
      });
      if (answered !== undefined) return answered;
    }
  }

  async #patchOnce(type: string, patch: unknown, request: WriteRequest): Promise<Answer> {
    const { resource, query } = request;
    const current = this.#store.get(keyOf(resource, resource.name ?? ''));
    if (type === 'application/apply-patch+yaml') {
      const manager = one(query, 'fieldManager') ?? '';
      if (manager === '') throw bad('server-side apply needs a fieldManager');
      if (!isFields(patch)) throw bad('the body must be a map');
      const applied = mergeApplied(current === undefined ? undefined : outward(current), patch, manager);
      return current === undefined ? this.#createParsed(this.#parse(applied, request), request) : this.#update(this.#parse(applied, request), current, request);
    }
    if (current === undefined) throw notFound(resource.kind, resource.name ?? '');
    const patched = patchWith(type)(outward(current), patch);
    if (!isFields(patched)) throw bad('the patch leaves no document');
    const whole = resource.status ? { ...outward(current), metadata: patched['metadata'], status: patched['status'] ?? {} } : patched;
    return this.#update(this.#parse(fitted(whole, resource), request), current, request);
  }

  async #update({ document, diagnostics }: Parsed, current: Document, request: WriteRequest): Promise<Answer> {
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
    const next = status ? { ...current, status: document.status ?? {} } : withoutStatus(document);
    if (dryRun(request.query)) return this.#say(200, this.#simulate(next, current), diagnostics, request);
    const result = await this.#intake.write([{ kind: 'put', document: next, expect }], request.author);
    if (!result.ok) throw writeRefused(kind, name, result.error);
    return this.#say(200, result.value[0] ?? next, diagnostics, request);
  }

  async delete(request: WriteRequest): Promise<Answer> {
    const { kind, name = '' } = request.resource;
    const options = typeof request.body === 'string' && request.body !== '' ? readFields(request.body, request.contentType) : {};
    const current = this.#current(request.resource);
    const wanted = isFields(options['preconditions']) ? options['preconditions'] : {};
    const { uid = current.metadata.uid, resourceVersion } = wanted;
    if (uid !== current.metadata.uid)
      throw manageError(
        'conflict',
        `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the uid in the precondition is ${String(uid)}, the document's is ${current.metadata.uid}`,
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

  #current(resource: ResourceRequest): Document {
    const current = this.#store.get(keyOf(resource, resource.name ?? ''));
    if (current === undefined) throw notFound(resource.kind, resource.name ?? '');
    return current;
  }

  #parse(fields: Fields, { resource }: WriteRequest): Parsed {
    const { document, diagnostics } = this.#intake.parse(fields);
    if (document === undefined) {
      const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
      throw invalid(resource.kind, String(metadata['name'] ?? ''), diagnostics);
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

const isRace = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'conflict';

const setsVersion = (patch: unknown): boolean => isFields(patch) && isFields(patch['metadata']) && patch['metadata']['resourceVersion'] !== undefined;

function patchWith(type: string): (value: unknown, patch: unknown) => unknown {
  if (type === 'application/json-patch+json') return jsonPatch;
  if (type === 'application/merge-patch+json') return mergePatch;
  if (type === 'application/strategic-merge-patch+json') return strategicPatch;
  const known = 'application/merge-patch+json, application/json-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
  throw manageError('unsupported-media-type', `a patch of type ${type} is not known: ${known} are`);
}
