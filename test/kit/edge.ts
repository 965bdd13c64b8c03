// A gateway and clients outside of the mesh, for tests of gateways.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** An HTTPRoute of namespace `shop` at listeners of the Gateway. */
export function edgeRoute(
  name: string,
  rules: readonly unknown[],
  { sections = [undefined], hostnames = [] as readonly string[], parent = 'edge' } = {},
): unknown {
  const parentRefs = (sections as readonly (string | undefined)[]).map((sectionName) => ({
    name: parent,
    namespace: 'edge',
    ...(sectionName === undefined ? {} : { sectionName }),
  }));
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name, namespace: 'shop' }, spec: { parentRefs, hostnames, rules } };
}
