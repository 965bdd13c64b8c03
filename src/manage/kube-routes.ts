// /api, /apis, /openapi, /version: what kubectl asks for.
import { type Answer, answer, jsonAnswer } from './answer.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions, GROUPS, wantsAggregated } from './discovery.ts';
import { manageError } from './errors.ts';
import { listDocuments } from './list.ts';
import { implicitNamespaces, isNamespace } from './namespaces.ts';
import { type OpenApi, openApiDocuments } from './openapi.ts';
import { documentAnswer, listAnswer } from './output.ts';
import type { ManagePorts } from './ports.ts';
import { keyOf, type OutputForm, outputForm, type Query, type ResourceRequest, readResourceRequest } from './request.ts';
import type { ResourceWrites, WriteRequest } from './resource-writes.ts';
import { notFound } from './status.ts';

export interface KubeRequest {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly query: Query;
  readonly accept: string | undefined;
  readonly body: unknown;
  readonly contentType: string | undefined;
  readonly author: string;
}

/** The version that clients compare themselves with; kubectl warns when it differs by more than one. */
const KUBERNETES = { major: '1', minor: '33' } as const;

export class KubeRoutes {
  readonly #ports: ManagePorts;
  readonly #writes: ResourceWrites;
  readonly #openApi: OpenApi;

  constructor(ports: ManagePorts, writes: ResourceWrites) {
    this.#ports = ports;
    this.#writes = writes;
    this.#openApi = openApiDocuments(ports.facts().version);
  }

  async answer(request: KubeRequest): Promise<Answer> {
    const path = request.path.replace(/\/+$/, '');
    const discovery = this.#discovery(path, request.accept);
    if (discovery !== undefined) {
      if (request.method !== 'GET') throw notAllowed(request.method, 'GET');
      return discovery;
    }
    return this.#resource(readResourceRequest(path), request);
  }

  #discovery(path: string, accept: string | undefined): Answer | undefined {
    if (path === '/api') return aggregatedAnswer([''], accept) ?? jsonAnswer(200, apiVersions());
    if (path === '/apis') return aggregatedAnswer(GROUPS, accept) ?? jsonAnswer(200, apiGroupList());
    if (path === '/version') return jsonAnswer(200, this.#version());
    if (path === '/openapi/v3') return jsonAnswer(200, this.#openApi.index);
    if (path.startsWith('/openapi/')) {
      const document = this.#openApi.documents.get(path.slice('/openapi/v3/'.length));
      if (document === undefined) throw manageError('not-found', `there is no ${path}: /openapi/v3 lists the documents`);
      return answer(200, document);
    }
    const [root, group = '', groupVersion, ...more] = path.slice(1).split('/');
    if (root === 'api' && groupVersion === undefined) return found(apiResourceList('', group), path);
    if (root === 'apis' && groupVersion === undefined) return found(apiGroup(group), path);
    return root === 'apis' && groupVersion !== undefined && more.length === 0 ? found(apiResourceList(group, groupVersion), path) : undefined;
  }

  #version(): object {
    const { version } = this.#ports.facts();
    const { major, minor } = KUBERNETES;
    return {
      major,
      minor,
      gitVersion: `v${major}.${minor}.0+weft-${version}`,
      gitCommit: '',
      gitTreeState: 'clean',
      buildDate: '1970-01-01T00:00:00Z',
      goVersion: '',
      compiler: '',
      platform: `${process.platform}/${process.arch}`,
    };
  }

  async #resource(resource: ResourceRequest, request: KubeRequest): Promise<Answer> {
    const form = outputForm(request.accept, request.query);
    const write: WriteRequest = { resource, query: request.query, form, body: request.body, contentType: request.contentType, author: request.author };
    if (resource.name === undefined) {
      if (request.method === 'GET') return this.#list(resource, request.query, form);
      if (request.method === 'POST') return this.#writes.create(write);
      throw notAllowed(request.method, 'GET and POST');
    }
    if (request.method === 'GET') return this.#get(resource, form);
    if (request.method === 'PUT') return this.#writes.replace(write);
    if (request.method === 'PATCH') return this.#writes.patch(write);
    if (request.method === 'DELETE' && !resource.status) return this.#writes.delete(write);
    throw notAllowed(request.method, `GET, PUT, PATCH${resource.status ? '' : ' and DELETE'}`);
  }

  #get(resource: ResourceRequest, form: OutputForm): Answer {
    const { store } = this.#ports;
    const implicit = isNamespace(resource.kind) ? implicitNamespaces(store).find((each) => each.metadata.name === resource.name) : undefined;
    const document = store.get(keyOf(resource, resource.name ?? '')) ?? implicit;
    if (document === undefined) throw notFound(resource.kind, resource.name ?? '');
    return answer(200, documentAnswer(document, resource.kind, form, this.#ports.clock.now()));
  }

  #list(resource: ResourceRequest, query: Query, form: OutputForm): Answer {
    const { documents, metadata } = listDocuments(this.#ports.store, resource, query);
    return answer(200, listAnswer(documents, metadata, resource.kind, form, this.#ports.clock.now()));
  }
}

/** Everything in one answer for clients that ask for it; its content type is how they know it. */
function aggregatedAnswer(groups: readonly string[], accept: string | undefined): Answer | undefined {
  const version = wantsAggregated(accept);
  if (version === undefined) return undefined;
  return { ...jsonAnswer(200, aggregated(groups, version)), contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList` };
}

function found(value: object | undefined, path: string): Answer {
  if (value === undefined) throw manageError('not-found', `there is no group or version ${path}: /apis lists them`);
  return jsonAnswer(200, value);
}

function notAllowed(method: string, allowed: string): Error {
  return manageError('method-not-allowed', `the server does not allow this method on the requested resource: ${method} (possible here: ${allowed})`);
}
