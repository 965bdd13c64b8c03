// Which connections of a pod go to its proxy, as one transaction for nft.
import { type CapturedNames, chain, meshNamesChains, NAMES_TABLE, namesRules, namesTable } from './name-rules.ts';
import { INBOUND_PORT, OUTBOUND_PORT, PROXY_UID, READY_PORT, TO_APPLICATION } from './ports.ts';

export interface PodRulesOptions {
  /** The proxy's user. */
  readonly uid?: number;
  readonly readyPort?: number;
  /** A port that leads to the ready port (ports.ts, GATE_PORT); none unless given. */
  readonly gatePort?: number;
  /** Ports of the pod that are reached without the proxy. */
  readonly excludeInboundPorts?: readonly number[];
  /** Ports that the application dials without the proxy. */
  readonly excludeOutboundPorts?: readonly number[];
  /** CIDRs of IPv4 and IPv6 that the application dials without the proxy, such as 169.254.169.254/32. */
  readonly excludeOutboundCidrs?: readonly string[];
  /**
   * Which questions for names go to the proxy. mesh: those for names that end in .mesh. all: every one, so that names of ExternalServices lead through the mesh; Envoy
   * answers with at most 8 addresses and says of a name without IPv6 that it does not exist, from which musl (Alpine) concludes that it has no IPv4 either.
   * none: names that only the mesh knows are not found.
   */
  readonly names?: CapturedNames;
  /** The cluster's domain where questions for names of its Services go to the proxy, too (name-rules.ts). */
  readonly clusterDomain?: string;
}

const setOf = (members: readonly (string | number)[]): string => `{ ${[...new Set(members)].join(', ')} }`;

/** Ports as numbers between 1 and 65535; what is none cannot be written as a rule and is left to the caller's checks. */
const portsOf = (ports: readonly number[]): readonly number[] => ports.filter((port) => Number.isInteger(port) && port > 0 && port <= 65_535);

const V4 = /^[0-9.]+(\/\d{1,2})?$/;
const V6 = /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(\/\d{1,3})?$/;

/** Addresses that are dialled without the proxy, of each family. */
function excluded({ excludeOutboundCidrs = [] }: PodRulesOptions) {
  return { four: [...new Set(excludeOutboundCidrs.filter((each) => V4.test(each)))], six: [...new Set(excludeOutboundCidrs.filter((each) => V6.test(each)))] };
}

function exclusions(options: PodRulesOptions): readonly string[] {
  const ports = portsOf(options.excludeOutboundPorts ?? []);
  const { four, six } = excluded(options);
  return [
    ...(ports.length === 0 ? [] : [`tcp dport ${setOf(ports)} return`]),
    // Ranges that overlap are one to nft only when each has a rule of its own.
    ...four.map((each) => `ip daddr ${each} return`),
    ...six.map((each) => `ip6 daddr ${each} return`),
  ];
}

/**
 * One argument for `nft`, to be applied in the pod's network namespace. It may be applied again at any time: connections that are open go on, since
 * address translation sees the first packet of a connection only. Needs CAP_NET_ADMIN.
 *
 * Incoming: everything but the proxy's own port and the excluded ones. Outgoing: TCP of every user but the proxy's. Questions for names are
 * captured over UDP; over TCP they are connections like any other. Where the pod's proxy dials the pod itself (the application called its own Service) it is
 * treated as a caller from outside, or policies about arrivals would not hold. Datagrams other than names are not captured.
 */
export function podRules(options: PodRulesOptions = {}): string {
  const { uid = PROXY_UID, readyPort = READY_PORT, gatePort, excludeInboundPorts = [], names = 'mesh', clusterDomain } = options;
  const byZone = clusterDomain !== undefined && names !== 'none';
  // Priority in digits: nft before 1.0.7 does not know "dstnat" in the output hook.
  const outbound = [
    'type nat hook output priority -100; policy accept;',
    `meta skuid ${uid} ip saddr ${TO_APPLICATION} return`,
    `meta skuid ${uid} oifname "lo" ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :${INBOUND_PORT}`,
    `meta skuid ${uid} return`,
    ...exclusions(options),
    // Before the rule for local addresses: the name server may be one.
    ...(byZone ? [] : namesRules(names)),
    'fib daddr type local return',
    `meta l4proto tcp redirect to :${OUTBOUND_PORT}`,
  ];
  const inbound = [
    'type nat hook prerouting priority -100; policy accept;',
    'iifname "lo" return',
    'fib daddr type != local return',
    ...(gatePort === undefined ? [] : [`tcp dport ${gatePort} redirect to :${readyPort}`]),
    `tcp dport ${setOf([readyPort, ...portsOf(excludeInboundPorts)])} return`,
    `meta l4proto tcp redirect to :${INBOUND_PORT}`,
  ];
  const own = byZone ? '' : meshNamesChains(names);
  const table = byZone ? namesTable({ names, clusterDomain, uid, excluded: excluded(options).four }) : '';
  return `${emptied('inet', 'weft')}${emptied('ip', NAMES_TABLE)}table inet weft {\n${own}${chain('inbound', inbound)}${chain('outbound', outbound)}}\n${table}`;
}

/** Whatever was there before is gone, in the same transaction. */
const emptied = (family: string, table: string): string => `add table ${family} ${table}\ndelete table ${family} ${table}\n`;
