// Who is banned is refused by whom he calls, while his certificate still holds. Who that is travels by itself (ECDS), one resource that says the same in
// every proxy: a ban reaches them in a push and changes no listener. Asked of the first bytes of a connection, once.
import {
  encode,
  FilterStateValue_SharedWithUpstream,
  type Hash,
  type Init,
  makeResource,
  type NamedConfig,
  NetworkRbacSchema,
  NetworkSetFilterStateSchema,
  named,
  pack,
  RBAC_Action,
  type RbacPrincipalSchema,
  type Resource,
  TypedExtensionConfigSchema,
} from '../../envoy/index.ts';
import type { Banned } from '../plan.ts';
import { discoveredAs } from './discovered.ts';
import type { Emitted } from './service.ts';

/** Name of the filter, and of its resource. */
const BANNED = 'weft.banned';
const SERIAL_KEY = 'weft.serial';

/** No matcher of Envoy sees a serial; what filters keep for each other they do. */
const SERIAL: NamedConfig = named('weft.serial', NetworkSetFilterStateSchema, {
  onDownstreamTlsHandshake: [
    {
      key: { case: 'objectKey', value: SERIAL_KEY },
      factoryKey: 'envoy.string',
      value: {
        case: 'formatString',
        value: { format: { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: '%DOWNSTREAM_PEER_SERIAL%' } } } },
      },
      sharedWithUpstream: FilterStateValue_SharedWithUpstream.NONE,
    },
  ],
});

/** In front of every chain on which workloads of the mesh come in, behind mutual TLS. */
export const WELCOME = [SERIAL, discoveredAs(BANNED, NetworkRbacSchema.typeName)] as const;

type Principal = Init<typeof RbacPrincipalSchema>;

function principalOf(banned: Banned): Principal {
  if (banned.kind === 'identity')
    return { identifier: { case: 'authenticated', value: { principalName: { matchPattern: { case: 'exact', value: banned.id } } } } };
  const stringMatch = { matchPattern: { case: 'prefix', value: banned.prefix } } as const;
  return { identifier: { case: 'filterState', value: { key: SERIAL_KEY, matcher: { case: 'stringMatch', value: stringMatch } } } };
}

function rulesFor(banned: readonly Banned[]) {
  if (banned.length === 0) return {};
  const permissions = [{ rule: { case: 'any', value: true } as const }];
  return { rules: { action: RBAC_Action.DENY, policies: { banned: { permissions, principals: banned.map(principalOf) } } } };
}

const NOBODY: readonly Banned[] = [];
const KNOWN = new WeakMap<readonly Banned[], { readonly hash: Hash; readonly resource: Resource }>();

/** Who is banned, as a resource; the same one for the same list. It is nobody's document. */
export function emitBanned(banned: readonly Banned[] | undefined, hash: Hash): Emitted {
  return { resources: [resourceFor(banned ?? NOBODY, hash)], diagnostics: [] };
}

function resourceFor(banned: readonly Banned[], hash: Hash): Resource {
  const known = KNOWN.get(banned);
  if (known?.hash === hash) return known.resource;
  const typedConfig = pack(NetworkRbacSchema, { statPrefix: BANNED, ...rulesFor(banned) });
  const resource = makeResource({
    type: 'extension',
    name: BANNED,
    pieces: [encode(TypedExtensionConfigSchema, { name: BANNED, typedConfig })],
    origins: [],
    hash,
  });
  KNOWN.set(banned, { hash, resource });
  return resource;
}
