// What `weft tap` is pointed at.
import type { Invocation } from '../../command.ts';
import { usageError } from '../../exit.ts';

const TYPES: Readonly<Record<string, 'service' | 'workload' | 'gateway' | 'namespace'>> = {
  service: 'service',
  services: 'service',
  svc: 'service',
  workload: 'workload',
  workloads: 'workload',
  wl: 'workload',
  gateway: 'gateway',
  gateways: 'gateway',
  gtw: 'gateway',
  namespace: 'namespace',
  namespaces: 'namespace',
  ns: 'namespace',
};
const NAME = /^[a-z0-9.-]+(\/[a-z0-9.-]+)?$/;

export type TapTarget = Readonly<Record<string, string>>;

/**
 * Parameters of the API for TYPE/NAME, TYPE NAMESPACE/NAME (`service/shop/checkout`) or nothing, which is all of a namespace. Throws
 * CommandError 64.
 */
export function readTarget({ namespace, flags }: Pick<Invocation, 'namespace' | 'flags'>, words: readonly string[], everywhere: boolean): TapTarget {
  const [first, second, ...more] = words;
  if (more.length > 0) throw usageError('one thing can be tapped at a time: write TYPE/NAME');
  if (first === undefined) return everywhere ? {} : { namespace };
  const slash = first.indexOf('/');
  const word = slash < 0 ? first : first.slice(0, slash);
  const name = slash < 0 ? second : first.slice(slash + 1);
  const type = TYPES[word];
  if (type === undefined)
    throw usageError(`"${first}" has no type that can be tapped\n  write service/${first.split('/').at(-1)}; workload, gateway and namespace can be, too`);
  if (name === undefined || !NAME.test(name)) throw usageError(`"${words.join(' ')}" has no name\n  write ${type}/NAME, or ${type}/NAMESPACE/NAME`);
  if (slash >= 0 && second !== undefined) throw usageError('one thing can be tapped at a time: write TYPE/NAME');
  if (type === 'namespace') return { namespace: name };
  const place = name.includes('/') ? name : `${namespace}/${name}`;
  return { [type]: place, ...(flags.namespace === undefined ? {} : { namespace }) };
}
