import type { Option } from 'commander';
import type { ProxyView } from '../../../api/index.ts';
import { KINDS, kindByWord } from '../../../policy/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandEntry, Invocation } from '../../command.ts';

export interface Gap {
  readonly entry: CommandEntry;
  /** The flag whose value is typed, or the argument. */
  readonly option?: Option;
  readonly argument?: { readonly choices: readonly string[] };
  readonly before: readonly string[];
  /** The arguments among them. */
  readonly given?: readonly string[];
  readonly current: string;
}

const TIMEOUT = { timeout: '2s', timeoutMs: 2000 };
const PROXY_PARTS = ['all', 'listeners', 'routes', 'clusters', 'endpoints', 'secrets'];
const OUTPUTS = ['json', 'yaml', 'name', 'wide'];

/** Words for a gap in a command line. Asks the control plane for names, for two seconds at most; throws when none answers. */
export async function valuesFor(given: Invocation, gap: Gap): Promise<readonly string[]> {
  const { before } = gap;
  const at = before.findIndex((word) => word === '-n' || word === '--namespace');
  const namespace = at < 0 ? given.namespace : (before[at + 1] ?? given.namespace);
  const invocation = { ...given, namespace, flags: { ...given.flags, ...TIMEOUT } };
  return gap.option === undefined ? argumentValues(invocation, gap) : optionValues(invocation, gap.option);
}

async function optionValues(invocation: Invocation, option: Option): Promise<readonly string[]> {
  if (option.argChoices !== undefined) return option.argChoices;
  const values: Readonly<Record<string, () => Promise<readonly string[]> | readonly string[]>> = {
    '--output': () => OUTPUTS,
    '--namespace': () => namespaces(invocation),
    '--service': () => namesOf(invocation, 'services'),
    '--from': () => everywhere(invocation, 'services'),
    '--to': () => everywhere(invocation, 'services'),
    '--upstream': () => namesOf(invocation, 'services'),
  };
  return (await values[option.long ?? '']?.()) ?? [];
}

async function argumentValues(invocation: Invocation, { entry, argument, given = [], current }: Gap): Promise<readonly string[]> {
  if (argument !== undefined && argument.choices.length > 0) return argument.choices;
  if (entry.name === 'proxies') return proxies(invocation);
  if (entry.name === 'proxy-config') return given.length === 0 ? [...PROXY_PARTS, ...(await proxies(invocation).catch(() => []))] : proxies(invocation);
  if (!['get', 'describe', 'delete', 'watch', 'explain'].includes(entry.name)) return [];
  const [type] = given;
  if (type !== undefined) return namesOf(invocation, type);
  const slash = current.indexOf('/');
  if (slash < 0) return KINDS.map(({ plural }) => plural);
  const written = current.slice(0, slash);
  return (await namesOf(invocation, written)).map((name) => `${written}/${name}`);
}

async function listed(invocation: Invocation, type: string, everywhere: boolean) {
  const kind = kindByWord(type);
  if (kind === undefined) return [];
  const namespace = everywhere || !kind.namespaced ? undefined : invocation.namespace;
  return (await new Client(invocation).list({ kind, namespace })).items.map(({ metadata }) => metadata);
}

async function namesOf(invocation: Invocation, type: string): Promise<readonly string[]> {
  return (await listed(invocation, type, false)).map(({ name }) => name);
}

async function everywhere(invocation: Invocation, type: string): Promise<readonly string[]> {
  return (await listed(invocation, type, true)).map(({ namespace, name }) => (namespace === invocation.namespace ? name : `${name}.${namespace}`));
}

async function namespaces(invocation: Invocation): Promise<readonly string[]> {
  const found = await Promise.all(['services', 'workloads', 'httproutes'].map((type) => listed(invocation, type, true)));
  return ['default', ...found.flat().map(({ namespace }) => namespace)];
}

async function proxies(invocation: Invocation): Promise<readonly string[]> {
  const { items } = (await new Client(invocation).weft('proxies')) as { readonly items: readonly ProxyView[] };
  return items.map(({ id }) => id);
}
