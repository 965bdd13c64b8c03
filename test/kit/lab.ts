// A laboratory: applications that do what their path says (lab-app.js) and callers that call what they are told to (lab-caller.js).
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Program, TestMesh } from './test-mesh.ts';

export interface LabAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly bytes: number;
  readonly ms: number;
  /** `whole`, or how it broke off. */
  readonly end: string;
}

export interface LabCall {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** On a new connection. */
  readonly fresh?: boolean;
}

export interface Dialled {
  readonly open: boolean;
  readonly got: string;
  readonly closed: boolean;
  readonly ms: number;
}

const servedBy = (node: string | undefined): readonly string[] => (node === undefined ? [] : ['--node', node]);

/** Starts an application of namespace `shop` as service `name` behind its sidecar, and waits until it takes requests. */
export async function startLab(
  mesh: TestMesh,
  name: string,
  options: { readonly version?: string; readonly source?: string; readonly protocol?: string; readonly node?: string } = {},
) {
  const args = [
    'run',
    '--service',
    name,
    '--namespace',
    'shop',
    '--port',
    '8080',
    '--protocol',
    options.protocol ?? 'http',
    '--version',
    options.version ?? 'v1',
    ...servedBy(options.node),
  ];
  const app = ['env', `LAB_NAME=${name} ${options.version ?? 'v1'}`, process.execPath, options.source ?? join(import.meta.dirname, 'lab-app.js')];
  const program = mesh.weft([...args, '--', ...app]);
  await program.printed(/ready in/);
  return program;
}

/** A meshed program that calls. */
export class LabCaller {
  readonly program: Program;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;

  private constructor(program: Program) {
    this.program = program;
    if (program.child.stdout === null) throw new Error('no output');
    createInterface({ input: program.child.stdout }).on('line', (line) => {
      const found = /answer (\{.*\})$/.exec(line);
      if (found === null) return;
      const { id, result, failed } = JSON.parse(found[1] ?? '{}') as { readonly id: number; readonly result?: unknown; readonly failed?: string };
      const asked = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failed === undefined) asked?.resolve(result);
      else asked?.reject(new Error(`the caller: ${failed}`));
    });
  }

  /** Starts it as a service of `namespace`. */
  static async start(mesh: TestMesh, options: { readonly name: string; readonly namespace?: string; readonly node?: string }): Promise<LabCaller> {
    const args = [
      'run',
      '--service',
      options.name,
      '--namespace',
      options.namespace ?? 'shop',
      ...servedBy(options.node),
      '--',
      process.execPath,
      join(import.meta.dirname, 'lab-caller.js'),
    ];
    const program = mesh.weft(args);
    const caller = new LabCaller(program);
    await program.printed(/caller is ready/);
    return caller;
  }

  #ask<T>(verb: string, what: object): Promise<T> {
    const id = this.#next++;
    const asked = Promise.withResolvers<unknown>();
    this.#waiting.set(id, asked);
    this.program.child.stdin?.write(`${JSON.stringify({ id, verb, ...what })}\n`);
    return asked.promise as Promise<T>;
  }

  /** `times` requests, `atOnce` at a time; `{n}` in the URL and in headers is the number of the request. */
  many(call: LabCall, times: number, atOnce = 1): Promise<readonly LabAnswer[]> {
    return this.#ask('many', { ...call, times, atOnce });
  }

  async call(url: string, call: Omit<LabCall, 'url'> = {}): Promise<LabAnswer> {
    const [answer] = await this.many({ ...call, url }, 1);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  /** Asks until `good` holds, 20 ms apart, at most 10 s; fails with the last answer. */
  async until(url: string, good: (answer: LabAnswer) => boolean, call: Omit<LabCall, 'url'> = {}): Promise<LabAnswer> {
    let answer = await this.call(url, call);
    for (let n = 0; n < 500 && !good(answer); n++) {
      await new Promise((done) => setTimeout(done, 20));
      answer = await this.call(url, call);
    }
    if (!good(answer)) throw new Error(`${url}: still ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Opens a TCP connection and waits for its first bytes or its end. */
  dial(name: string, host: string, port: number, say = ''): Promise<Dialled> {
    return this.#ask('dial', { name, host, port, say });
  }

  /** What has come on a connection so far. */
  heard(name: string): Promise<Dialled> {
    return this.#ask('heard', { name });
  }

  hangUp(name: string): Promise<unknown> {
    return this.#ask('hangUp', { name });
  }

  /** Waits until the other side closes the connection. */
  closed(name: string): Promise<Dialled> {
    return this.#ask('closed', { name });
  }
}

/** A policy of ours in namespace `shop` for one Service of it. */
export function policyFor(kind: string, service: string, spec: object, name = service): unknown {
  return { apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name, namespace: 'shop' }, spec: { targetRefs: [{ kind: 'Service', name: service }], ...spec } };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
}

interface Stated {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly conditions?: readonly Condition[]; readonly parents?: readonly { readonly conditions: readonly Condition[] }[] };
}

/** Applies a document of namespace `shop` and waits until every proxy that it concerns runs it; fails with what is said against it. */
export function applied(mesh: TestMesh, document: unknown): Promise<void> {
  return appliedIn('shop', mesh, document);
}

/** The same for one of another namespace. */
export async function appliedIn(namespace: string, mesh: TestMesh, document: unknown): Promise<void> {
  const { apiVersion, kind, metadata } = document as { readonly apiVersion: string; readonly kind: string; readonly metadata: { readonly name: string } };
  await mesh.apply([document]);
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  let last: unknown;
  for (let n = 0; n < 500; n++) {
    const { metadata: now, status } = await mesh.call<Stated>(`/apis/${apiVersion}/namespaces/${namespace}/${plural}/${metadata.name}`);
    const programmed = (status?.parents?.[0]?.conditions ?? status?.conditions)?.find(({ type }) => type === 'Programmed');
    if (programmed?.status === 'True' && programmed.observedGeneration === now.generation) return;
    last = status;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${kind} ${metadata.name} did not come into force: ${JSON.stringify(last)}`);
}
