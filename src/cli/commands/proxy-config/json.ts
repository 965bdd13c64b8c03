// Reading decoded resources: JSON of somebody else, taken as far as it goes.
export type Json = unknown;
export type Fields = Readonly<Record<string, Json>>;

/** The value at `a.b.0.c`, or undefined. */
export function at(value: Json, path: string): Json {
  return path.split('.').reduce<Json>((here, step) => {
    if (here === null || typeof here !== 'object') return undefined;
    return Object.hasOwn(here, step) ? (here as Fields)[step] : undefined;
  }, value);
}

export function list(value: Json, path: string): readonly Json[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** Text or number as text; '' for everything else. */
export function text(value: Json, path: string): string {
  const found = at(value, path);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
}

/** `127.0.0.1` and `15001` of an address, or the path of a pipe. */
export function address(value: Json): { readonly host: string; readonly port: string } {
  const pipe = text(value, 'pipe.path');
  if (pipe !== '') return { host: pipe, port: '' };
  return {
    host: text(value, 'socket_address.address'),
    port: text(value, 'socket_address.port_value') || (at(value, 'socket_address') === undefined ? '' : '0'),
  };
}

/** What a matcher of Envoy wants, in words: `= v1`, `~ v.*`, `v1*`. */
export function stringMatch(value: Json): string {
  const exact = text(value, 'exact');
  const prefix = text(value, 'prefix');
  const regex = text(value, 'safe_regex.regex');
  if (exact !== '') return `=${exact}`;
  if (prefix !== '') return `=${prefix}*`;
  return regex === '' ? '' : `~${regex}`;
}
