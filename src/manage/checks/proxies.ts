// Proxies: do they run what they were sent.
import type { ObjectView, ProxyView } from '../../api/index.ts';
import { describeOrigin } from '../../base/index.ts';
import type { Check, Found } from './check.ts';

export const proxyObject = ({ namespace, name }: Pick<ProxyView, 'namespace' | 'name'>): ObjectView => ({ kind: 'Proxy', namespace, name });

const place = (origin: Parameters<typeof describeOrigin>[0]): string => describeOrigin(origin).replace(/\s+/g, ' ');

function refused(proxy: ProxyView): readonly Found[] {
  return proxy.refusals.map(({ resource, documents, words, at }): Found => {
    const because = documents.length === 0 ? resource : documents.map(place).join(', ');
    const [first] = documents;
    return {
      code: 'WEFT2371',
      object: proxyObject(proxy),
      words: `${proxy.id} refuses ${because}: envoy says "${words}"`,
      since: at,
      which: `${resource} ${because}`,
      ...(first === undefined ? {} : { at: first }),
      next: `weft proxies -n ${proxy.namespace}`,
    };
  });
}

export const proxiesAccept: Check = {
  id: 'proxies-accept',
  section: 'proxies',
  words: 'no proxy refuses configuration',
  look: ({ proxies }) => proxies.flatMap(refused),
};

export const proxiesInSync: Check = {
  id: 'proxies-in-sync',
  section: 'proxies',
  words: 'every connected proxy has what it was sent',
  look: ({ proxies }) =>
    proxies
      .filter(({ sync }) => sync === 'pending')
      .map((proxy) => ({
        code: 'WEFT2372',
        object: proxyObject(proxy),
        words: `${proxy.id} has not acknowledged its configuration`,
        next: `weft proxies -n ${proxy.namespace}`,
      })),
};

export const proxiesConnected: Check = {
  id: 'proxies-connected',
  section: 'proxies',
  words: 'every proxy is connected',
  look: ({ proxies }) =>
    proxies
      .filter(({ connected }) => !connected)
      .map((proxy) => ({
        code: 'WEFT2373',
        object: proxyObject(proxy),
        words: `${proxy.id} is not connected`,
        next: `weft proxies -n ${proxy.namespace}`,
      })),
};
