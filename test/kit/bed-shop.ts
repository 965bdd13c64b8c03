// Applications in a cluster of a test: a caller that is told what to do, and servers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WEFT_VERSION } from '../../src/bin/version.ts';
import { kubectl } from './bed.ts';

const SOURCE = readFileSync(join(import.meta.dirname, 'bed-app.js'), 'utf8');
/** Not captured: whoever tells the caller what to do is outside of the mesh. */
const CONTROL = 9000;

interface Deployed {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

const meta = ({ namespace, name }: Deployed) => ({ name, namespace, labels: { app: name } });

/** A Deployment with an account of its own, and a Service with port 80. Runs as the Pod Security Standard "restricted" wants it. */
export function deployed(what: Deployed): readonly object[] {
  const { namespace, name, replicas = 1, labels = {} } = what;
  const container = {
    name: 'app',
    image: `weft/control-plane:${WEFT_VERSION}`,
    imagePullPolicy: 'Never',
    command: ['/usr/local/bin/node', '--input-type=module', '-e', SOURCE],
    ports: [{ containerPort: 8080 }, { containerPort: CONTROL }],
    readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
    securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
    resources: { requests: { cpu: '5m', memory: '32Mi' } },
  };
  const template = {
    metadata: { labels: { app: name, ...labels }, annotations: { 'weft.dev/exclude-inbound-ports': String(CONTROL), 'weft.dev/concurrency': '1' } },
    spec: { serviceAccountName: name, terminationGracePeriodSeconds: 30, containers: [container] },
  };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(what) },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta(what),
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080, appProtocol: 'http' }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: { replicas, strategy, selector: { matchLabels: { app: name } }, template },
    },
  ];
}

export interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadReport {
  readonly sent: number;
  readonly ok: number;
  readonly failures: number;
  readonly failed: readonly string[];
  /** How many answers came from whom. */
  readonly bodies: Readonly<Record<string, number>>;
}

export class Caller {
  readonly address: string;

  private constructor(address: string) {
    this.address = address;
  }

  static async find(namespace: string, name: string): Promise<Caller> {
    const address = await kubectl(
      '-n',
      namespace,
      'get',
      'pods',
      '-l',
      `app=${name}`,
      '--field-selector=status.phase=Running',
      '-o',
      'jsonpath={.items[0].status.podIP}',
    );
    return new Caller(address);
  }

  async #tell<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await fetch(`http://${this.address}:${CONTROL}${path}?${new URLSearchParams(query)}`);
    return (await answer.json()) as T;
  }

  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#tell('/get', { url, headers: JSON.stringify(headers) });
  }

  /** Calls at a rate until it is stopped; `anew`: each request looks the name up and connects. */
  async load(url: string, { rate = 50, anew = false }: { readonly rate?: number; readonly anew?: boolean } = {}): Promise<void> {
    await this.#tell('/start', { url, rate: String(rate), ...(anew ? { anew: 'yes' } : {}) });
  }

  now(): Promise<LoadReport> {
    return this.#tell('/now');
  }

  stop(): Promise<LoadReport> {
    return this.#tell('/stop');
  }
}
