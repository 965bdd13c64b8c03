// What a patch may not touch. With `unsafe: true` it may: who the proxy is and whom it believes, where it listens, where its secrets come
// from. Never: files of a machine, and programs (an ExtensionPolicy brings those), because the control plane itself lets Envoy read
// what a patch makes before any proxy does. Found by comparing all such places before and after, wherever they are.
import { canonicalJson } from '../../base/index.ts';
import type { JsonValue, ResourceType } from '../../envoy/index.ts';

interface Protected {
  readonly what: string;
  readonly evenUnsafe?: true;
}

const FILES: Protected = { what: 'files of a machine', evenUnsafe: true };
const PROGRAMS: Protected = { what: 'a program; an ExtensionPolicy brings programs', evenUnsafe: true };
const IDENTITY: Protected = { what: 'mutual TLS and the identities it believes' };
const CALLER: Protected = { what: 'what an application is told of its caller' };

/** Fields by Envoy's name, at any depth. */
const PROTECTED: ReadonlyMap<string, Protected> = new Map([
  ['transport_socket', IDENTITY],
  ['transport_socket_matches', IDENTITY],
  ['common_tls_context', IDENTITY],
  ['sds_config', IDENTITY],
  ['forward_client_cert_details', CALLER],
  ['set_current_client_cert_details', CALLER],
  ['network_namespace_filepath', { what: 'network namespaces' }],
  ['filename', FILES],
  ['environment_variable', FILES],
  ['watched_directory', FILES],
  ['path_config_source', FILES],
]);

/** Fields of a resource itself. */
const AT_TOP: Readonly<Partial<Record<ResourceType, readonly string[]>>> = {
  listener: ['address', 'additional_addresses'],
  cluster: ['eds_cluster_config', 'type', 'cluster_type'],
};
const PLACE: Protected = { what: 'where it listens, or where endpoints come from' };

const PROGRAM = /\.(?:lua|wasm|dynamic_modules|golang)\.v\w+\./;
const PROGRAM_KEY = 'program';

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Places = Map<string, string[]>;

function note(places: Places, name: string, value: JsonValue): void {
  places.set(name, [...(places.get(name) ?? []), canonicalJson(value)]);
}

function collect(json: JsonValue, places: Places): void {
  if (json === null || typeof json !== 'object') return;
  if (Array.isArray(json)) {
    for (const each of json) collect(each, places);
    return;
  }
  const types = [json['@type'], json['type_url'], json['typeUrl']];
  if (types.some((type) => typeof type === 'string' && PROGRAM.test(type))) note(places, PROGRAM_KEY, json);
  for (const [key, value] of Object.entries(json)) {
    const name = snake(key);
    if (PROTECTED.has(name)) note(places, name, value);
    collect(value, places);
  }
}

function placesIn(type: ResourceType, json: JsonValue): ReadonlyMap<string, string> {
  const found: Places = new Map();
  collect(json, found);
  const texts = new Map([...found].map(([name, values]) => [name, values.join(' ')]));
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return texts;
  for (const name of AT_TOP[type] ?? []) if (json[name] !== undefined) texts.set(name, canonicalJson(json[name]));
  return texts;
}

function protectionOf(name: string): Protected {
  return name === PROGRAM_KEY ? PROGRAMS : (PROTECTED.get(name) ?? PLACE);
}

/** The protected places that differ, in words; empty when nothing of that kind was touched. */
export function touchedBy(type: ResourceType, change: { readonly before: JsonValue; readonly after: JsonValue; readonly unsafe: boolean }): readonly string[] {
  const [was, is] = [placesIn(type, change.before), placesIn(type, change.after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
  return names.filter((name) => !change.unsafe || protectionOf(name).evenUnsafe === true).map((name) => `${name} (${protectionOf(name).what})`);
}
