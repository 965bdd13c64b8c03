// A network namespace with nothing but `lo`, in which an application stands. There is no other device, so whatever is not captured
// goes nowhere: it fails closed. The same rules serve every transparent mode.

/** Where Envoy's listeners stand inside (the compiler uses the same numbers), and the address that leads to the host's resolvers. */
export const INSIDE_ADDRESS = '10.200.0.2';
export const RESOLVER_ADDRESS = '169.254.1.53';

/** One transaction for nft: may be applied again without an error and without disturbing open connections. */
export const LO_ONLY_RULES = `
add table inet weft
delete table inet weft
table inet weft {
  chain outbound {
    # priority in digits: nft before 1.0.7 does not know "dstnat" in the output hook
    type nat hook output priority -100; policy accept;
    # the proxy's own questions to the host's resolvers (relay: it stands in here too)
    ip daddr ${RESOLVER_ADDRESS} udp dport 53 return
    # names, before the rule for local addresses: resolv.conf may say 127.0.0.53
    udp dport 53 redirect to :15053
    # the application to itself
    fib daddr type local return
    meta l4proto tcp redirect to :15001
  }
}
`;

/**
 * Shell text that furnishes the namespace it runs in; nft reads the rules from the variable WEFT_RULES. The extra address matters:
 * packets that leave 127.0.0.1 for a foreign address are dropped. A host without IPv6 is no error. Any port may be bound inside: it is nobody else's.
 */
export const LO_ONLY_SETUP = `
set -e
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
ip addr add ${INSIDE_ADDRESS}/32 dev lo
ip route add default dev lo src ${INSIDE_ADDRESS}
if [ -e /proc/sys/net/ipv6 ]; then
  { ip -6 addr add fd99::2/128 dev lo && ip -6 route add default dev lo src fd99::2; } 2>/dev/null || :
fi
{ echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; } 2>/dev/null || :
printf '%s' "$WEFT_RULES" | nft -f -
`;
