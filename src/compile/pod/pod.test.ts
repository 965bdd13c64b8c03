import { expect, test } from 'vitest';
import { type PodProbe, podBootstrap, podRules } from '../index.ts';

const probe = (fields: Partial<PodProbe> & Pick<PodProbe, 'path' | 'kind'>): PodProbe => ({ port: 8080, timeoutMs: 1000, periodMs: 10_000, ...fields });

test('the bootstrap of a pod does not say who the proxy is, and names the address that Kubernetes puts in', () => {
  const text = podBootstrap({ xdsAddress: 'weft.weft-system.svc:15012', probes: [probe({ path: '/p/http', kind: 'http', targetPath: '/healthz' })] });
  const config = JSON.parse(text);
  expect(text).not.toContain('\n');
  expect(config.node).toBeUndefined();
  expect(config.static_resources.clusters.map((each: { name: string; type: string }) => [each.name, each.type])).toEqual([
    ['xds', 'STRICT_DNS'],
    ['probe:/p/http', 'STATIC'],
  ]);
  expect(config.static_resources.clusters[1].load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address).toEqual({
    address: '$(POD_IP)',
    port_value: 8080,
  });
  expect(text).toContain('/var/run/secrets/weft');
});

test('what a user wrote into a probe is no variable and no format', () => {
  const text = podBootstrap({
    xdsAddress: 'c:1',
    probes: [probe({ path: '/p', kind: 'http', targetPath: '/$(HOME)', headers: [{ name: 'x-share', value: '50% $(A)' }], host: 'h' })],
  });
  expect(text).toContain('"prefix_rewrite":"/$$(HOME)"');
  expect(text).toContain('"value":"50%% $$(A)"');
  expect(text).toContain('"host_rewrite_literal":"h"');
});

test('probes of TCP and gRPC are asked by the proxy as often as the kubelet asks', () => {
  const { static_resources: all } = JSON.parse(
    podBootstrap({ xdsAddress: 'c:1', probes: [probe({ path: '/t', kind: 'tcp', periodMs: 500 }), probe({ path: '/g', kind: 'grpc', service: 'shop' })] }),
  );
  const checks = all.clusters.slice(1).map((each: { health_checks: Record<string, unknown>[] }) => each.health_checks[0]);
  expect(checks[0]).toMatchObject({ interval: '0.5s', no_traffic_interval: '0.5s', tcp_health_check: {} });
  expect(checks[1]).toMatchObject({ interval: '10s', grpc_health_check: { service_name: 'shop' } });
});

test('rules: the proxy and what is excluded are left alone, everything else is captured', () => {
  const rules = podRules({ excludeInboundPorts: [9090], excludeOutboundPorts: [3306, 3306], excludeOutboundCidrs: ['10.0.0.0/8', 'fd00::/8', 'x; drop'] });
  expect(rules).toContain('tcp dport { 15021, 9090 } return');
  expect(rules).toContain('tcp dport { 3306 } return');
  expect(rules).toContain('ip daddr 10.0.0.0/8 return');
  expect(rules).toContain('ip6 daddr fd00::/8 return');
  expect(rules).not.toContain('drop');
  expect(rules).toContain('udp dport 53 jump names');
  expect(podRules({ names: 'all' })).toContain('udp dport 53 redirect to :15053');
  expect(podRules({ names: 'none' })).not.toContain('15053');
  expect(podRules({ names: 'none', clusterDomain: 'cluster.local' })).not.toContain('1505');
});

test('rules: names of Services are found by the end of the packet’s name, whatever the domain is', () => {
  const rules = podRules({ clusterDomain: 'cluster.local', excludeOutboundCidrs: ['169.254.20.10/32'] });
  // sixteen bytes: the end of `svc`, `cluster`, `local` and the root
  expect(rules).toContain('define services = 0x6307636c7573746572056c6f63616c00');
  expect(rules).toContain('ip daddr 169.254.20.10/32 accept');
  expect(rules).toContain('@th,192,128 $services goto services');
  expect(rules).not.toContain('jump names');
  // a proxy that is not there is as silent as one that does not know
  expect(rules).toContain('icmp type destination-unreachable @th,136,8 17 @th,240,16 15054 drop');
  expect(podRules({ clusterDomain: 'k8s' })).toContain('define services = 0x03737663036b387300');
  expect(podRules({ clusterDomain: 'k8s', names: 'all' })).toContain('udp dport 53 goto mesh');
  expect(podRules()).not.toContain('dup to');
});
