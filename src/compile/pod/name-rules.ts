// Which questions for names go to a pod's proxy. nft finds them in the packet, by how the name ends.
//
// Names of the mesh are the proxy's alone. Names of Services are the cluster's: its name server is asked as ever, and the proxy beside it, which answers what it knows
// and keeps silent otherwise. So whatever the proxy cannot say (every other name, other kinds of records, many addresses) is heard from the name server unchanged, and
// what both know is known while the name server is away.
import { NAMES_PORT, SERVICE_NAMES_PORT } from './ports.ts';

export type CapturedNames = 'mesh' | 'all' | 'none';

/** Names are found up to this length; nearly all are shorter, and every place is a rule. */
const LONGEST_NAME = 100;
const UDP_HEADER = 8;
const MESSAGE_HEADER = 12;
/** The label `mesh` and the end of the name. */
const MESH_LABEL = '0x046d65736800';
/** What nft compares at once. */
const MOST_BYTES = 16;

/** Text of a chain of nft. */
export const chain = (name: string, lines: readonly string[]): string => ` chain ${name} {\n${lines.map((line) => `  ${line}\n`).join('')} }\n`;

/** nft looks at fixed places only, so there is one rule for each place where a name may end so. A packet that is shorter is no match. */
function endings(first: number, bytes: number, then: string): readonly string[] {
  const last = LONGEST_NAME - bytes + 2;
  const places = Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => at + first);
  return places.map((labels) => `@th,${(UDP_HEADER + MESSAGE_HEADER + labels) * 8},${bytes * 8} ${then}`);
}

const questionsAboutMesh = (then: string): readonly string[] => endings(2, 6, `${MESH_LABEL} goto ${then}`);

/** Rules for the chain of outgoing connections, where only the proxy answers. */
export function namesRules(names: CapturedNames): readonly string[] {
  if (names === 'none') return [];
  return [names === 'all' ? `meta nfproto ipv4 udp dport 53 redirect to :${NAMES_PORT}` : 'meta nfproto ipv4 udp dport 53 jump names'];
}

/** The chains that these rules lead to. */
export function meshNamesChains(names: CapturedNames): string {
  return names === 'mesh' ? chain('asked', [`meta l4proto udp redirect to :${NAMES_PORT}`]) + chain('names', questionsAboutMesh('asked')) : '';
}

/** Of IPv4: packets are copied for one family at a time. */
export const NAMES_TABLE = 'weft-names';

/** How names of Services of a domain end, as in a packet; the last 16 bytes of it, which may be those of another name, too: then nobody knows it, and nothing is said. */
function endOfServices(domain: string): { readonly hex: string; readonly bytes: number } {
  const labels = ['svc', ...domain.split('.')];
  const whole = labels.map((label) => label.length.toString(16).padStart(2, '0') + [...label].map((each) => each.charCodeAt(0).toString(16)).join('')).join('');
  const hex = `${whole}00`.slice(-2 * MOST_BYTES);
  return { hex: `0x${hex}`, bytes: hex.length / 2 };
}

export interface NamesTableOptions {
  readonly names: CapturedNames;
  /** As `cluster.local`: lower case, a domain name. */
  readonly clusterDomain: string;
  /** The proxy's user, whose own questions are not captured. */
  readonly uid: number;
  /** Name servers in these networks are left alone. */
  readonly excluded: readonly string[];
}

const FLAGS_AT = (UDP_HEADER + 2) * 8;
const ANSWERS_AT = (UDP_HEADER + 6) * 8;
const RESPONSE_CODE = `@th,${FLAGS_AT + 8},8 & 15`;
/** A message of ICMP that a question found nobody at this port. */
const nobodyAt = (port: number): string => `icmp type destination-unreachable @th,${(8 + 9) * 8},8 17 @th,${(8 + 20 + 2) * 8},16 ${port}`;

/**
 * One socket may ask for several names, so each packet is led by itself: what the proxy is asked has a conntrack zone of its own, named like the port. The copy for the name
 * server is not tracked, so its answer comes in as if unasked (new), and a refusal of it belongs to nothing (invalid): nobody listens there, which
 * is no answer while the proxy may have one. Nor are SERVFAIL and REFUSED.
 */
export function namesTable({ names, clusterDomain, uid, excluded }: NamesTableOptions): string {
  const { hex, bytes } = endOfServices(clusterDomain);
  const answered = (port: number): string => `ip saddr 127.0.0.1 udp sport ${port}`;
  const chains = [
    chain('mesh', [`ct zone set ${NAMES_PORT}`]),
    chain('services', [`ct zone set ${SERVICE_NAMES_PORT}`, 'dup to ip daddr']),
    chain('ask', [
      'type filter hook output priority -300; policy accept;',
      ...[NAMES_PORT, SERVICE_NAMES_PORT].map((port) => `${answered(port)} ct zone set ${port} accept`),
      'udp dport != 53 accept',
      `meta skuid ${uid} accept`,
      // the copy comes by here again
      'ct state untracked accept',
      ...excluded.map((each) => `ip daddr ${each} accept`),
      ...endings(4, bytes, '$services goto services'),
      ...(names === 'all' ? ['udp dport 53 goto mesh'] : questionsAboutMesh('mesh')),
    ]),
    chain('lead', [
      'type nat hook output priority -101; policy accept;',
      ...[NAMES_PORT, SERVICE_NAMES_PORT].map((port) => `ct zone ${port} udp dport 53 redirect to :${port}`),
    ]),
    chain('silent', [
      'type filter hook output priority -150; policy accept;',
      `${answered(SERVICE_NAMES_PORT)} ${RESPONSE_CODE} != 0 drop`,
      `${answered(SERVICE_NAMES_PORT)} @th,${ANSWERS_AT},16 0 drop`,
      // a proxy that is not there
      `${nobodyAt(SERVICE_NAMES_PORT)} drop`,
    ]),
    chain('hear', [
      'type filter hook input priority -150; policy accept;',
      `${nobodyAt(53)} ct state invalid drop`,
      ...[2, 5].map((code) => `udp sport 53 ct state new ${RESPONSE_CODE} == ${code} drop`),
    ]),
  ];
  return `define services = ${hex}\ntable ip ${NAMES_TABLE} {\n${chains.join('')}}\n`;
}
