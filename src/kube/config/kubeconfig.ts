// Kubeconfig files (Kubernetes documentation: "Organizing Cluster Access Using kubeconfig Files", `kubectl config`), and the service
// account of a pod. What a file says that we cannot do is refused by name: a credential that is ignored would be another identity.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { kubeError } from '../errors.ts';
import type { Bearer, KubeConfig } from './config.ts';

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

interface File {
  readonly path: string;
  readonly content: Fields;
}

const bad = (path: string, words: string) => kubeError('bad-kubeconfig', `${path}: ${words}`, { details: { path } });

/** The named entry of `clusters`, `contexts` or `users`. */
function named({ path, content }: File, list: string, name: string): Fields {
  const entries: readonly unknown[] = Array.isArray(content[list]) ? (content[list] as unknown[]) : [];
  const found = entries.map(fields).find((entry) => entry['name'] === name);
  if (found === undefined) throw bad(path, `${list} has no "${name}"`);
  return fields(found[list.slice(0, -1)]);
}

/** The content of `<key>-data` (base64), or of the file `<key>` beside the kubeconfig. */
function material({ path }: File, of: Fields, key: string): string | undefined {
  const inline = text(of[`${key}-data`]);
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8');
  const file = text(of[key]);
  if (file === undefined) return undefined;
  const at = isAbsolute(file) ? file : join(dirname(path), file);
  try {
    return readFileSync(at, 'utf8');
  } catch (cause) {
    throw kubeError('bad-kubeconfig', `${path}: ${key} is ${at}, which cannot be read`, { cause });
  }
}

const UNSUPPORTED_USER: Readonly<Record<string, string>> = {
  username: 'API servers take no passwords any more; use a token, a client certificate or exec',
  password: 'API servers take no passwords any more; use a token, a client certificate or exec',
  'auth-provider': 'auth-provider is gone from Kubernetes; use exec',
  as: 'impersonation is not supported',
};

function bearerOf(file: File, user: Fields): Bearer {
  for (const [field, words] of Object.entries(UNSUPPORTED_USER)) {
    if (user[field] !== undefined) throw bad(file.path, `user has "${field}": ${words}`);
  }
  const tokenFile = text(user['tokenFile']);
  if (tokenFile !== undefined) return { kind: 'file', file: isAbsolute(tokenFile) ? tokenFile : join(dirname(file.path), tokenFile) };
  const token = text(user['token']);
  if (token !== undefined) return { kind: 'token', token };
  return user['exec'] === undefined ? { kind: 'none' } : execOf(file, fields(user['exec']));
}

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

function execOf({ path }: File, exec: Fields): Bearer {
  const apiVersion = text(exec['apiVersion']) ?? '';
  const command = text(exec['command']);
  if (!EXEC_VERSIONS.includes(apiVersion)) throw bad(path, `exec.apiVersion is "${apiVersion}", not one of ${EXEC_VERSIONS.join(', ')}`);
  if (command === undefined) throw bad(path, 'exec has no command');
  if (exec['interactiveMode'] === 'Always') throw bad(path, 'exec.interactiveMode is Always: nobody is there to be asked');
  const args = Array.isArray(exec['args']) ? exec['args'].map(String) : [];
  const pairs = (Array.isArray(exec['env']) ? exec['env'] : []).map(fields);
  const env = Object.fromEntries(pairs.map((pair) => [String(pair['name']), String(pair['value'])]));
  const beside = command.includes('/') && !isAbsolute(command) ? join(dirname(path), command) : command;
  return { kind: 'exec', plugin: { apiVersion, command: beside, args, env, installHint: text(exec['installHint']) ?? '' } };
}

/** A kubeconfig's text; `path` is where it is from (files that it names are beside it), `context` instead of its current-context. */
export function parseKubeconfig(path: string, yaml: string, context?: string): KubeConfig {
  let content: Fields;
  try {
    content = fields(parse(yaml));
  } catch (cause) {
    throw kubeError('bad-kubeconfig', `${path} is not YAML`, { cause });
  }
  const file: File = { path, content };
  const current = context ?? text(content['current-context']);
  if (current === undefined) throw bad(path, 'has no current-context: name one with --context');
  const chosen = named(file, 'contexts', current);
  const cluster = named(file, 'clusters', text(chosen['cluster']) ?? '');
  const userName = text(chosen['user']);
  const user = userName === undefined ? {} : named(file, 'users', userName);
  const server = text(cluster['server']);
  if (server === undefined || !/^https?:\/\//.test(server)) throw bad(path, `the cluster of "${current}" has no server that begins with https://`);
  if (cluster['proxy-url'] !== undefined) throw bad(path, 'proxy-url is not supported');
  const [cert, key] = [material(file, user, 'client-certificate'), material(file, user, 'client-key')];
  if ((cert === undefined) !== (key === undefined)) throw bad(path, `user "${userName ?? ''}" has a client certificate or a client key, and not both`);
  return {
    server: server.replace(/\/+$/, ''),
    ca: material(file, cluster, 'certificate-authority'),
    serverName: text(cluster['tls-server-name']),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    bearer: bearerOf(file, user),
    namespace: text(chosen['namespace']) ?? 'default',
  };
}

/** Reads a kubeconfig file. Throws WeftError `bad-kubeconfig` with the file and what to do. */
export function readKubeconfig(path: string, context?: string): KubeConfig {
  try {
    return parseKubeconfig(path, readFileSync(path, 'utf8'), context);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw kubeError('bad-kubeconfig', `there is no kubeconfig ${path}`, { cause: error });
    throw error;
  }
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The configuration that a pod finds in itself, undefined outside of one. `folder`: where its service account is mounted. */
export function inClusterConfig(env: Readonly<Record<string, string | undefined>>, folder = ACCOUNT): KubeConfig | undefined {
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  if (host === undefined || port === undefined || !existsSync(join(folder, 'token'))) return undefined;
  const namespace = join(folder, 'namespace');
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    serverName: undefined,
    insecure: false,
    certificate: undefined,
    bearer: { kind: 'file', file: join(folder, 'token') },
    namespace: existsSync(namespace) ? readFileSync(namespace, 'utf8').trim() : 'default',
  };
}

/** As kubectl looks for it: `path`, $KUBECONFIG (its first file), ~/.kube/config, then the pod's own. */
export function findKubeConfig(
  env: Readonly<Record<string, string | undefined>>,
  { path, context }: { readonly path?: string; readonly context?: string } = {},
): KubeConfig {
  const asked = path ?? env['KUBECONFIG']?.split(':').find((each) => each !== '');
  if (asked !== undefined) return readKubeconfig(asked, context);
  const own = inClusterConfig(env);
  if (own !== undefined) return own;
  return readKubeconfig(join(env['HOME'] ?? '/', '.kube', 'config'), context);
}
