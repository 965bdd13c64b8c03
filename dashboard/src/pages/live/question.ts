// What a tap is asked. Pure.
import type { Search } from '../../state/address.ts';

/** What narrows a tap, as the address and the API name it. */
export const FILTERS = [
  { name: 'service', label: 'service', flag: '', hint: 'shop/checkout' },
  { name: 'from', label: 'from', flag: '--from', hint: 'shop/web' },
  { name: 'path', label: 'path', flag: '--path', hint: '/pay' },
  { name: 'method', label: 'method', flag: '--method', hint: 'POST' },
  { name: 'status', label: 'status', flag: '--status', hint: '5xx' },
] as const;

/** The question to `/weft/v1/tap`. */
export function questionOf(search: Search, namespace: string): Readonly<Record<string, string | undefined>> {
  return { ...Object.fromEntries(FILTERS.map(({ name }) => [name, search[name]])), namespace: namespace === '' ? undefined : namespace };
}

/** The command that shows the same. */
export function commandOf(search: Search): string {
  const target = search['service'] === undefined || search['service'] === '' ? (search['ns'] ? ` -n ${search['ns']}` : ' -A') : ` service/${search['service']}`;
  const flags = FILTERS.flatMap(({ name, flag }) => (flag === '' || (search[name] ?? '') === '' ? [] : [` ${flag} ${search[name]}`]));
  return `weft tap${target}${flags.join('')}`;
}
