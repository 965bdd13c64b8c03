import type { ProxyView } from '../../../api/index.ts';
import { nearest } from '../../../model/index.ts';
import { CommandError, EXIT } from '../../exit.ts';

/**
 * The proxy a user means: `namespace/name`, a name, or the beginning of either when only one proxy has it. With `namespace`, a
 * name is one of that namespace. Throws CommandError 1 with those it could be.
 */
export function findProxy(proxies: readonly ProxyView[], word: string, namespace: string | undefined): ProxyView {
  const near = proxies.filter((proxy) => word.includes('/') || namespace === undefined || proxy.namespace === namespace || servesIn(proxy, namespace));
  const tests: readonly ((proxy: ProxyView) => boolean)[] = [
    (proxy) => proxy.id === word,
    (proxy) => proxy.name === word,
    // of a workload that a node serves, the node's
    (proxy) => proxy.serves?.some((served) => served === word || served.endsWith(`/${word}`)) === true,
    (proxy) => proxy.id.startsWith(word) || proxy.name.startsWith(word),
  ];
  for (const test of tests) {
    const found = near.filter(test);
    if (found.length > 1)
      throw new CommandError(
        EXIT.failed,
        `"${word}" could be ${found
          .slice(0, 5)
          .map((proxy) => proxy.id)
          .join(', ')}${found.length > 5 ? ' …' : ''}\n  write more of the name`,
      );
    if (found[0] !== undefined) return found[0];
  }
  const meant = nearest(
    word,
    near.flatMap((proxy) => [proxy.id, proxy.name, proxy.name.replace(/-[^-]*$/, '')]),
  );
  throw new CommandError(EXIT.failed, `there is no proxy "${word}"${meant === undefined ? '' : `: did you mean "${meant}"?`}\n  weft proxies lists them`);
}

const servesIn = ({ serves = [] }: ProxyView, namespace: string): boolean => serves.some((served) => served.startsWith(`${namespace}/`));
