// What a report is made of. A part that cannot be had (no permission, not kept here) is left out, and said.
import { arch, platform, release, totalmem } from 'node:os';
import type { ProxyView } from '../../../api/index.ts';
import { findEnvoy } from '../../../machine/index.ts';
import { KINDS } from '../../../policy/index.ts';
import type { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';

export interface PartFile {
  readonly name: string;
  readonly value: unknown;
}

export interface Part {
  readonly what: string;
  readonly get: () => Promise<readonly PartFile[]>;
}

export interface Asked {
  readonly invocation: Invocation;
  readonly client: Client;
  /** Proxies whose whole configuration is wanted, `namespace/name`; none: those that refuse, or the first. */
  readonly proxies: readonly string[];
}

const MOST_PROXIES = 5;
/** Of one namespace, where one is named (`-n`): somebody who may see it alone. */
const only = ({ flags }: Invocation, sign: '?' | '&'): string =>
  flags.namespace === undefined ? '' : `${sign}namespace=${encodeURIComponent(flags.namespace)}`;
const one = (what: string, name: string, get: () => Promise<unknown>): Part => ({ what, get: async () => [{ name, value: await get() }] });

function versions({ actions }: Invocation): unknown {
  const envoy = (() => {
    try {
      return findEnvoy();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  })();
  return { weft: actions.version, node: process.versions.node, system: `${platform()} ${release()} ${arch()}`, memoryBytes: totalmem(), envoy };
}

async function configurations(asked: Asked): Promise<readonly PartFile[]> {
  const { client, proxies } = asked;
  const chosen = proxies.length > 0 ? proxies : await troubled(asked);
  return Promise.all(
    chosen.map(async (id) => {
      const [namespace = '', name = ''] = id.split('/');
      const value = await client.ask('GET', `/weft/v1/proxies/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/resources`);
      return { name: `proxies/${namespace}/${name}.json`, value };
    }),
  );
}

async function troubled({ client, invocation }: Asked): Promise<readonly string[]> {
  const { items } = (await client.ask('GET', `/weft/v1/proxies${only(invocation, '?')}`)) as { readonly items: readonly ProxyView[] };
  const refusing = items.filter(({ sync }) => sync === 'refused');
  return (refusing.length > 0 ? refusing : items.filter(({ connected }) => connected)).slice(0, MOST_PROXIES).map(({ id }) => id);
}

const documents = ({ client, invocation }: Asked): readonly Part[] =>
  KINDS.filter(({ namespaced }) => namespaced || invocation.flags.namespace === undefined).map((kind) => {
    const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
    const { namespace } = invocation.flags;
    const within = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
    return one(`documents of kind ${kind.kind}`, `documents/${kind.plural}.json`, () => client.ask('GET', `${root}/${within}${kind.plural}`));
  });

/** Parts in the order in which they are asked for. Secrets are asked for so that what they say can be taken out of everything else. */
export function partsOf(asked: Asked): readonly Part[] {
  const { invocation, client } = asked;
  const get = (what: string, name: string, path: string): Part => one(what, name, () => client.ask('GET', `/weft/v1/${path}`));
  return [
    one('versions', 'versions.json', async () => versions(invocation)),
    get('status of the control plane', 'status.json', 'status'),
    get('findings', 'findings.json', `findings${only(invocation, '?')}`),
    get('changes of the last week', 'changes.json', `changes?since=7d&limit=500${only(invocation, '&')}`),
    get('proxies', 'proxies.json', `proxies${only(invocation, '?')}`),
    { what: 'configuration of proxies', get: () => configurations(asked) },
    ...documents(asked),
    get('certificate authority', 'ca.json', 'ca'),
    get('golden numbers of services', 'stat.json', `stat?since=1h${only(invocation, '&')}`),
    get('who calls whom', 'edges.json', `edges?since=1h${only(invocation, '&')}`),
    one('requests that failed', 'requests.json', () => client.ask('POST', '/weft/v1/records', { limit: 500, cause: 'any' })),
    get('what is kept of metrics', 'metrics-kept.json', 'metrics/kept'),
    one('metrics of the control plane', 'metrics.txt', async () => (await invocation.session()).http.text({ path: '/metrics' })),
    get('end of the audit log', 'audit.json', `audit?limit=500${only(invocation, '&')}`),
  ];
}
