// /api, /apis, /openapi, /version: what kubectl asks for.
import { type Answer, answer, jsonAnswer } from './answer.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions, GROUPS, wantsAggregated } from './discovery.ts';
import { manageError } from './errors.ts';
import { impliedDocuments } from './implied.ts';
import { listDocuments } from './list.ts';
import { type OpenApi, openApiDocuments } from './openapi.ts';
import { documentAnswer, listAnswer } from './output.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { type KubeTarget, keyOf, type OutputForm, outputForm, type Query, type ResourceRequest } from './request.ts';
import type { ResourceWrites, WriteRequest } from './resource-writes.ts';
import { notFound } from './status.ts';

export interface KubeRequest {
  readonly method: string;
  readonly target: KubeTarget;
  readonly query: Query;
  readonly accept: string | undefined;
  readonly body: unknown;
  readonly contentType: string | undefined;
  readonly author: string;
  readonly permit: Permit;
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
    const { target, method } = request;
    if (target.kind === 'resource') return this.#resource(target.resource, request);
    const discovery = this.#discovery(target.path, request.accept);
    if (method !== 'GET' && method !== 'HEAD') throw notAllowed(method, 'GET');
    return discovery;
  }

  #discovery(path: string, accept: string | undefined): Answer {
    if (path === '/api') return aggregatedAnswer([''], accept) ?? jsonAnswer(200, apiVersions());
    if (path === '/apis') return aggregatedAnswer(GROUPS, accept) ?? jsonAnswer(200, apiGroupList());
    if (path === '/version') return jsonAnswer(200, this.#version());
    if (path === '/openapi/v3') return jsonAnswer(200, this.#openApi.index);
    if (path.startsWith('/openapi/')) {
      const document = this.#openApi.documents.get(path.slice('/openapi/v3/'.length));
      if (document === undefined) throw manageError('not-found', `there is no ${path}: /openapi/v3 lists the documents`);
      return answer(200, document);
    }
    const [root, group = '', version] = path.slice(1).split('/');
    if (root === 'api') return found(apiResourceList('', group), path);
    return found(version === undefined ? apiGroup(group) : apiResourceList(group, version), path);
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
    const write: WriteRequest = {
      resource,
      query: request.query,
      form,
      body: request.body,
      contentType: request.contentType,
      author: request.author,
      permit: request.permit,
    };
    if (resource.name === undefined) {
      if (reads(request)) return this.#list(resource, request.query, form);
      if (request.method === 'POST') return this.#writes.create(write);
      throw notAllowed(request.method, 'GET and POST');
    }
    if (reads(request)) return this.#get(resource, form);
    if (request.method === 'PUT') return this.#writes.replace(write);
    if (request.method === 'PATCH') return this.#writes.patch(write);
    if (request.method === 'DELETE' && !resource.status) return this.#writes.delete(write);
    throw notAllowed(request.method, `GET, PUT, PATCH${resource.status ? '' : ' and DELETE'}`);
  }

  #get(resource: ResourceRequest, form: OutputForm): Answer {
    const { store } = this.#ports;
    const written = store.get(keyOf(resource, resource.name ?? ''));
    const document = written ?? impliedDocuments(store, resource.kind).find((each) => each.metadata.name === resource.name);
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

const reads = ({ method }: KubeRequest): boolean => method === 'GET' || method === 'HEAD';

function notAllowed(method: string, allowed: string): Error {
  return manageError('method-not-allowed', `the server does not allow this method on the requested resource: ${method} (possible here: ${allowed})`);
}
