// A callee's proxy as the compiler makes it, with its secrets as they travel, and callers that show any certificate.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { documentDiagnostics, emitTrust } from '../../src/compile/index.ts';
import { contentVersion } from '../../src/control/index.ts';
import { decodeResource } from '../../src/envoy/index.ts';
import { Authority } from '../../src/identity/index.ts';
import { documentKey, type Mesh, type SpiffeId, type TrustDomain } from '../../src/model/index.ts';
import { documentsOf, fullSet, meshOf, sidecarOf } from './compiled.ts';
import { RunningEnvoy } from './envoy.ts';
import { bootstrapOnFiles, ownCertificate, secretFile } from './on-files.ts';
import { type Heard, readAnswer } from './raw-http.ts';
import { freePort } from './test-mesh.ts';

const DOMAIN = 'example.mesh' as TrustDomain;
const CLOCK = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };

type Json = Record<string, unknown>;

/** One port of the callee, and what policies are for it. */
export interface CalleePort {
  readonly protocol?: 'http' | 'tcp';
  /** Specs of AuthorizationPolicies for this port alone. */
  readonly policies: readonly object[];
}

export interface CalleeOptions {
  readonly ports: readonly CalleePort[];
  readonly application: (request: IncomingMessage, answer: ServerResponse) => void;
  /** Trust anchors of the mesh, PEM, in place of its own authority's. */
  readonly anchors?: string;
  /** Those of its peers, by trust domain. */
  readonly peers?: ReadonlyMap<string, string>;
  /** Changes the configuration before Envoy gets it. */
  readonly adjust?: (config: Json) => Json;
}

interface Opened {
  readonly application: number;
  readonly proxy: number;
}

export class Callee implements AsyncDisposable {
  readonly mesh: Mesh;
  readonly ports: readonly Opened[];
  readonly #authority: Authority;
  readonly #folder: string;
  readonly #servers: readonly Server[];
  readonly #envoy: RunningEnvoy;
  readonly #contexts = new Map<string, SecureContext>();

  private constructor(parts: { mesh: Mesh; ports: readonly Opened[]; authority: Authority; folder: string; servers: readonly Server[]; envoy: RunningEnvoy }) {
    this.mesh = parts.mesh;
    this.ports = parts.ports;
    this.#authority = parts.authority;
    this.#folder = parts.folder;
    this.#servers = parts.servers;
    this.#envoy = parts.envoy;
  }

  static async open({ ports: asked, application, anchors, peers = new Map(), adjust = (config) => config }: CalleeOptions): Promise<Callee> {
    const folder = mkdtempSync(join(tmpdir(), 'weft-callee-'));
    const authority = Authority.open({ directory: folder, trustDomain: DOMAIN, clock: CLOCK });
    const servers = await Promise.all(
      asked.map(async () => {
        const server = createServer(application).listen(0, '127.0.0.1');
        await once(server, 'listening');
        return server;
      }),
    );
    const ports: Opened[] = [];
    for (const server of servers) ports.push({ application: (server.address() as AddressInfo).port, proxy: await freePort() });
    const mesh = meshFor(asked, ports);
    const { resources } = fullSet(mesh, sidecarOf('shop/callee-1'));
    const svid = await authority.issue('spiffe://example.mesh/ns/shop/sa/callee' as SpiffeId);
    ownCertificate(folder, svid);
    const own: readonly [string, string] = [DOMAIN, anchors ?? authority.bundle()];
    for (const name of ['bundle', 'callers']) {
      const trust = emitTrust(new Map(name === 'callers' ? [...peers, own] : [own]), contentVersion, name);
      secretFile(folder, { name, ...(decodeResource(trust) as object) });
    }
    const config = adjust(bootstrapOnFiles('callee', resources, folder, (name) => name === 'inbound'));
    const envoy = await RunningEnvoy.open(config, ports[0]?.proxy ?? 0);
    return new Callee({ mesh, ports, authority, folder, servers, envoy });
  }

  words(): string {
    return this.#envoy.words();
  }

  /** A connection as somebody; it may be refused later than it is made. */
  async dial(port: number, identity: string): Promise<Socket> {
    return this.dialWith(port, await this.#context(identity));
  }

  /** A connection with any certificate. */
  dialWith(port: number, secureContext: SecureContext): Socket {
    const socket = connect({ port: this.ports[port]?.proxy ?? 0, host: '127.0.0.1', secureContext, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
    socket.on('error', () => undefined);
    return socket;
  }

  async #context(identity: string): Promise<SecureContext> {
    const known = this.#contexts.get(identity);
    if (known !== undefined) return known;
    const svid = await this.#authority.issue(identity as SpiffeId);
    const context = createSecureContext({ cert: svid.certificatePem, key: svid.keyPem, ca: this.#authority.bundle() });
    this.#contexts.set(identity, context);
    return context;
  }

  /** The answer to a request as it is written, on a connection of its own. */
  async ask(port: number, identity: string, text: string): Promise<Heard> {
    const socket = await this.dial(port, identity);
    socket.write(text, 'latin1');
    return readAnswer(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#envoy[Symbol.asyncDispose]();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function meshFor(asked: readonly CalleePort[], ports: readonly Opened[]): Mesh {
  const servicePorts = asked.map(({ protocol = 'http' }, at) => ({
    name: `p${at}`,
    port: 8000 + at,
    targetPort: ports[at]?.application,
    appProtocol: protocol,
  }));
  const policies = asked.flatMap(({ policies: specs }, at) =>
    specs.map((spec, n) => ({
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: `p${at}-${n}`, namespace: 'shop' },
      spec: { targetRefs: [{ kind: 'Service', name: 'callee', sectionName: `p${at}` }], ...spec },
    })),
  );
  const documents = [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'callee', namespace: 'shop' }, spec: { selector: { app: 'callee' }, ports: servicePorts } },
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'Workload',
      metadata: { name: 'callee-1', namespace: 'shop', labels: { app: 'callee' } },
      spec: {
        serviceAccount: 'callee',
        address: '127.0.0.1',
        ports: ports.map(({ application, proxy }, at) => ({ name: `p${at}`, port: application, proxyPort: proxy })),
        proxy: { capture: { mode: 'none' }, bind: '127.0.0.1' },
      },
    },
    ...policies,
  ];
  const read = documentsOf(documents.map((each) => JSON.stringify(each)).join('\n---\n'));
  const mesh = meshOf(read.documents);
  const wrong = [...read.diagnostics, ...read.documents.flatMap((each) => documentDiagnostics(mesh, documentKey(each)))].filter(
    ({ severity }) => severity === 'error',
  );
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
  return mesh;
}
