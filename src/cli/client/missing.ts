import { type KindDefinition, nearest } from '../../model/index.ts';
import type { Client } from './client.ts';

/** `services "chekout" not found in namespace shop: did you mean "checkout"?`, or where there is one of that name. */
export async function missingText(client: Client, kind: KindDefinition, namespace: string, name: string): Promise<string> {
  const all = await client.list({ kind, namespace: undefined });
  const place = kind.namespaced ? ` in namespace ${namespace}` : '';
  const head = `${kind.plural} "${name}" not found${place}`;
  const elsewhere = all.items.filter((each) => each.metadata.name === name).map((each) => each.metadata.namespace);
  if (elsewhere.length > 0) return `${head}\n  there is one in ${elsewhere.slice(0, 3).join(', ')}: add -n ${elsewhere[0]}`;
  const here = all.items.filter((each) => !kind.namespaced || each.metadata.namespace === namespace).map((each) => each.metadata.name);
  const near = nearest(name, here);
  return `${head}${near === undefined ? `\n  weft get ${kind.plural}${kind.namespaced ? ' -A' : ''} lists them` : `: did you mean "${near}"?`}`;
}
