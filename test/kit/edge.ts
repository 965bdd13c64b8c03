// A gateway and clients outside of the mesh, for tests of gateways.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Agent, request as plainRequest } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Program, TestMesh } from './test-mesh.ts';

export interface EdgeOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly bind?: string;
  readonly args?: readonly string[];
}

/** Starts `weft gateway` and waits until it serves. */
export async function startGateway(mesh: TestMesh, { name = 'edge', namespace = 'edge', bind = '127.0.0.1', args = [] }: EdgeOptions = {}): Promise<Program> {
  const program = mesh.weft(['gateway', '--name', name, '-n', namespace, '--bind', bind, ...args]);
  await program.printed(/ready in/);
  return program;
}

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate for these names, or one that `issuer` signs. */
export function certificateFor(mesh: TestMesh, names: readonly string[], issuer?: Pair, serial = 1): Pair {
  const at = (suffix: string): string => join(mesh.folder, `${names[0]?.replace('*', 'any')}-${serial}.${suffix}`);
  const alternative = names.map((name) => `DNS:${name}`).join(',');
  const common = [
    'req',
    '-x509',
    '-nodes',
    '-days',
    '2',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-subj',
    `/CN=${names[0]}`,
    '-set_serial',
    String(serial),
  ];
  const signed: string[] = [];
  if (issuer !== undefined) {
    writeFileSync(at('ca.crt'), issuer.certificate);
    writeFileSync(at('ca.key'), issuer.key);
    signed.push('-CA', at('ca.crt'), '-CAkey', at('ca.key'));
  }
  execFileSync('openssl', [...common, '-addext', `subjectAltName=${alternative}`, ...signed, '-keyout', at('key'), '-out', at('crt')], { stdio: 'ignore' });
  return { certificate: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') };
}

export function tlsSecret(name: string, { certificate, key }: Pair, namespace = 'edge'): unknown {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls', stringData: { 'tls.crt': certificate, 'tls.key': key } };
}

export function gatewayDocument(listeners: readonly object[], spec: object = {}, name = 'edge'): unknown {
  const all = listeners.map((each) => ({ allowedRoutes: { namespaces: { from: 'All' } }, ...each }));
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace: 'edge' },
    spec: { gatewayClassName: 'weft', listeners: all, ...spec },
  };
}

export interface EdgeRouteOptions {
  readonly sections?: readonly (string | undefined)[];
  readonly hostnames?: readonly string[];
  readonly parent?: string;
}

/** An HTTPRoute of namespace `shop` at listeners of the Gateway. */
export function edgeRoute(
  name: string,
  rules: readonly unknown[],
  { sections = [undefined], hostnames = [], parent = 'edge' }: EdgeRouteOptions = {},
): unknown {
  const parentRefs = sections.map((sectionName) => ({
    name: parent,
    namespace: 'edge',
    ...(sectionName === undefined ? {} : { sectionName }),
  }));
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name, namespace: 'shop' }, spec: { parentRefs, hostnames, rules } };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** Names in the certificate that the gateway showed. */
  readonly names: string;
  /** `h2`, `http/1.1`. */
  readonly alpn: string;
}

export interface Ask {
  readonly host: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the TLS handshake asks for; `host` unless it says otherwise, '' for none. */
  readonly sni?: string;
  /** Where it connects to; 127.0.0.1 unless it says otherwise. */
  readonly bind?: string;
  /** Which address of this machine it connects from. */
  readonly localAddress?: string;
  /** Keeps connections; without one each request has its own. */
  readonly agent?: Agent;
  /** Client certificate. */
  readonly pair?: Pair;
}

/** One request over a TLS connection of its own, HTTP/1.1. Rejects when the handshake fails. */
export function askTls(port: number, { host, path = '/', headers = {}, sni = host, pair }: Ask): Promise<Reply> {
  return new Promise((done, failed) => {
    const tls = { servername: sni, rejectUnauthorized: false, ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }) };
    const options = { host: '127.0.0.1', port, path, headers: { host, ...headers }, agent: false, ALPNProtocols: ['http/1.1'], ...tls } as const;
    const call = request(options, (answer) => {
      const socket = answer.socket as TLSSocket;
      const names = socket.getPeerCertificate().subjectaltname ?? '';
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body, names, alpn: String(socket.alpnProtocol) }));
      answer.on('error', failed);
    });
    call.on('error', failed).end();
  });
}

/** One request over a plain connection of its own. */
export function askPlain(port: number, { host, path = '/', headers = {}, bind = '127.0.0.1', agent, localAddress }: Ask): Promise<Reply> {
  return new Promise((done, failed) => {
    const from = localAddress === undefined ? {} : { localAddress };
    const call = plainRequest({ host: bind, port, path, headers: { host, ...headers }, agent: agent ?? false, ...from }, (answer) => {
      let body = '';
      answer.on('data', (chunk) => {
        body += chunk;
      });
      answer.on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body, names: '', alpn: '' }));
      answer.on('error', failed);
    });
    call.on('error', failed).end();
  });
}

/** Several requests, one after the other, over one HTTP/2 connection. */
export async function askH2(target: string, asks: readonly Ask[], options: { readonly sni?: string } = {}): Promise<readonly Reply[]> {
  const session = connect(target, { rejectUnauthorized: false, ...(options.sni === undefined ? {} : { servername: options.sni }) });
  try {
    await new Promise<void>((open, failed) => session.once('connect', () => open()).once('error', failed));
    const replies: Reply[] = [];
    for (const ask of asks) replies.push(await askStream(session, ask));
    return replies;
  } finally {
    session.close();
  }
}

function askStream(session: ClientHttp2Session, { host, path = '/', headers = {} }: Ask): Promise<Reply> {
  return new Promise((done, failed) => {
    const stream = session.request({ ':path': path, ':authority': host, ...headers });
    let reply = { status: 0, headers: {} as Reply['headers'], body: '', names: '', alpn: session.alpnProtocol ?? '' };
    stream.on('response', (found) => {
      reply = { ...reply, status: Number(found[':status']), headers: found as Reply['headers'] };
    });
    stream.on('data', (chunk) => {
      reply = { ...reply, body: reply.body + chunk };
    });
    stream.on('end', () => done(reply));
    stream.on('error', failed);
    stream.end();
  });
}
