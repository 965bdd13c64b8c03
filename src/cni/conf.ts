// The configuration that has the plugin in it: a file of our own, before all others by name, with the chain of the one that the runtime would take
// without us. So nobody's file is changed; whoever rewrites his own when a node starts takes nothing away, and to undo it is to delete one file.
import { err, ok, type Result } from '../base/index.ts';
import { ANNOTATIONS, CONF_FILE, PLUGIN } from './names.ts';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A file of the folder, as it is there. */
export interface ConfFile {
  readonly name: string;
  readonly text: string;
}

/** What runtimes look at (libcni, ConfFiles). */
const IS_CONF = /\.(conf|conflist|json)$/;

interface ConfList extends Fields {
  readonly name: string;
  readonly plugins: readonly Fields[];
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A list of plugins; one plugin by itself is a list of one, as runtimes take it. Undefined of what no runtime takes. */
function listOf({ name, text }: ConfFile): ConfList | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const network = value['name'];
  if (typeof network !== 'string' || network === '') return undefined;
  if (!name.endsWith('.conflist')) return typeof value['type'] === 'string' ? { ...versionOf(value), name: network, plugins: [value] } : undefined;
  const plugins = Array.isArray(value['plugins']) ? value['plugins'].filter(isFields) : [];
  return plugins.length === 0 ? undefined : { ...value, name: network, plugins };
}

const versionOf = ({ cniVersion }: Fields): Fields => (cniVersion === undefined ? {} : { cniVersion });

export const isConf = (name: string): boolean => IS_CONF.test(name);

const byName = (one: ConfFile, other: ConfFile): number => (one.name < other.name ? -1 : 1);

/** What stands in our way: nothing to chain to, or somebody who is before us. */
export type ConfProblem = { readonly kind: 'none' } | { readonly kind: 'before'; readonly file: string };

/**
 * The text of our file, of what else is in the folder. It keeps the name of the network, by which address plugins remember what they gave away: a pod that
 * was made before us ends well with us, and the other way around.
 */
export function confOf(files: readonly ConfFile[], socket: string): Result<string, ConfProblem> {
  const others = files.filter(({ name }) => isConf(name) && name !== CONF_FILE).toSorted(byName);
  const source = others.map((file) => ({ file, list: listOf(file) })).find(({ list }) => list !== undefined);
  if (source?.list === undefined) return err({ kind: 'none' });
  if (source.file.name < CONF_FILE) return err({ kind: 'before', file: source.file.name });
  const { list } = source;
  const plugins = list.plugins.filter(({ type }) => type !== PLUGIN);
  const ours = { type: PLUGIN, socket, capabilities: { [ANNOTATIONS]: true } };
  return ok(`${JSON.stringify({ ...list, plugins: [...plugins, ours] }, null, 2)}\n`);
}
