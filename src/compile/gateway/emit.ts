import type { Origin } from '../../base/index.ts';
import { checkedResource, encode, type Hash, inline, ListenerSchema, makeResource, type Resource, SecretSchema } from '../../envoy/index.ts';
import { originsIn } from '../../policy/index.ts';
import { extensionAt, NETWORK_FILTERS } from '../emit/discovered.ts';
import { emitLimiter } from '../emit/limiters.ts';
import { accepted, type Emitted } from '../emit/service.ts';
import { emitEgress } from './egress.ts';
import { emitDatagrams } from './emit-datagrams.ts';
import { quicListener } from './http3.ts';
import { gatewayListener } from './listener.ts';
import type { GatewayChainEnd, GatewayPlan, GatewayPortPlan, GatewaySecretPlan } from './plan.ts';
import { gatewayRoutes } from './tables.ts';

/** The shared resources of a Gateway, each encoded once, for its proxies that bind these addresses. */
export function emitGateway(plan: GatewayPlan, bind: readonly string[], hash: Hash): Emitted {
  const addresses = plan.addresses.length > 0 ? plan.addresses : bind;
  const parts = [
    ...plan.ports.flatMap((port) => emitPort(port, addresses, hash)),
    ...plan.egress.flatMap((egress) => emitEgress(egress, addresses, hash)),
    ...emitDatagrams(plan.datagrams, addresses, hash),
    ...plan.secrets.map((secret) => emitSecret(secret, hash)),
  ];
  return { resources: parts.flatMap((part) => part.resources), diagnostics: parts.flatMap((part) => part.diagnostics) };
}

function emitPort(port: GatewayPortPlan, addresses: readonly string[], hash: Hash): readonly Emitted[] {
  const [at] = port.origins;
  const init = gatewayListener(port, addresses);
  if (init === undefined || at === undefined) return [];
  const origins = distinct(port.origins);
  const listener = accepted(checkedResource({ type: 'listener', name: init.name ?? '', desc: ListenerSchema, init, origins, hash }), at);
  const quic = quicListener(port, addresses);
  const besides =
    quic === undefined ? [] : [accepted(checkedResource({ type: 'listener', name: quic.name ?? '', desc: ListenerSchema, init: quic, origins, hash }), at)];
  return [
    listener,
    ...besides,
    ...port.chains.flatMap(({ end }) => (end.kind === 'requests' ? [gatewayRoutes(end.table, hash)] : connectionLimits(end, hash))),
  ];
}

/** What the limiters of a chain of connections are told, which are there in each. */
function connectionLimits({ place, acting, origins }: Extract<GatewayChainEnd, { kind: 'connections' }>, hash: Hash): readonly Emitted[] {
  const behind = distinct([...originsIn(acting.contributions), ...origins]);
  return NETWORK_FILTERS.map((filter) => emitLimiter(extensionAt(filter, place, acting.contributions), { origins: behind, hash }));
}

const ONCE = new WeakMap<object, Resource>();

/** Bytes of a Secret are made once, however many Gateways have it. */
function emitSecret(plan: GatewaySecretPlan, hash: Hash): Emitted {
  const known = plan.kind === 'certificate' ? ONCE.get(plan.secret) : undefined;
  const resource = known ?? secretOf(plan, hash);
  if (plan.kind === 'certificate') ONCE.set(plan.secret, resource);
  return { resources: [resource], diagnostics: [] };
}

function secretOf(plan: GatewaySecretPlan, hash: Hash): Resource {
  const { name } = plan;
  if (plan.kind === 'trust') {
    const bytes = encode(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(`${plan.pem}\n`) } } });
    return makeResource({ type: 'secret', name, pieces: [bytes], origins: distinct(plan.origins), hash });
  }
  if (plan.kind === 'text') {
    const bytes = encode(SecretSchema, { name, type: { case: 'genericSecret', value: { secret: inline(plan.text) } } });
    return makeResource({ type: 'secret', name, pieces: [bytes], origins: distinct(plan.origins), hash });
  }
  const { pair, origin } = plan.secret;
  const value = { certificateChain: inline(pair?.certificatePem ?? ''), privateKey: inline(pair?.keyPem ?? '') };
  return makeResource({ type: 'secret', name, pieces: [encode(SecretSchema, { name, type: { case: 'tlsCertificate', value } })], origins: [origin], hash });
}

/** Each document once, with the first place in it. */
export function distinct(origins: readonly Origin[]): readonly Origin[] {
  const seen = new Map<string, Origin>();
  for (const origin of origins) {
    const key = `${origin.kind}/${origin.namespace}/${origin.name}`;
    if (!seen.has(key)) seen.set(key, origin);
  }
  return [...seen.values()];
}
