import { type DescMessage, hasOption } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { rules } from '#gen/validate/validate_pb.js';
import { duration, encode, named, pack, preencoded, socketAddress } from '../index.ts';
import * as messages from '../messages.ts';
import { violations } from './index.ts';

const {
  ClusterSchema,
  ClusterLoadAssignmentSchema,
  FilterChainSchema,
  HttpConnectionManagerSchema,
  ListenerSchema,
  RouteConfigurationSchema,
  RouterSchema,
  TcpProxySchema,
} = messages;

const shown = (desc: DescMessage, init: unknown): string[] => violations(desc, init as never).map(({ path, rule }) => `${path}: ${rule}`);

test('a good message has no violation', () => {
  expect(shown(ClusterSchema, { name: 'checkout', connectTimeout: duration(250) })).toEqual([]);
  expect(shown(RouteConfigurationSchema, { name: 'r', virtualHosts: [{ name: 'v', domains: ['*'] }] })).toEqual([]);
});

test('strings: empty, wrong header names and values', () => {
  expect(shown(ClusterSchema, {})).toEqual(['name: must not be empty']);
  const host = { name: 'v', domains: ['*'], requestHeadersToAdd: [{ header: { key: 'bad\nname', value: 'a\nb' } }] };
  expect(shown(RouteConfigurationSchema, { virtualHosts: [host] })).toEqual([
    'virtual_hosts[0].request_headers_to_add[0].header.key: must be a valid HTTP header name',
    'virtual_hosts[0].request_headers_to_add[0].header.value: must be a valid HTTP header value',
  ]);
});

test('lists that are too short, also when they are absent', () => {
  expect(shown(RouteConfigurationSchema, { virtualHosts: [{ name: 'v' }] })).toEqual(['virtual_hosts[0].domains: must have at least 1 item']);
});

test('oneofs and messages that are required', () => {
  expect(shown(ListenerSchema, { listenerFilters: [{}] })).toEqual(['listener_filters[0].name: must not be empty']);
  const host = { name: 'v', domains: ['*'], routes: [{ match: {} }] };
  const [action = '', match = ''] = shown(RouteConfigurationSchema, { virtualHosts: [host] });
  expect(action).toMatch(/^virtual_hosts\[0\]\.routes\[0\]\.action: must be set/);
  expect(match).toMatch(/^virtual_hosts\[0\]\.routes\[0\]\.match\.path_specifier: must be set: one of prefix, path,/);
  expect(shown(RouteConfigurationSchema, { virtualHosts: [{ ...host, routes: [{ action: { case: 'nonForwardingAction', value: {} } }] }] })).toEqual([
    'virtual_hosts[0].routes[0].match: is required',
  ]);
});

test('durations: negative, with impossible nanos, below a bound', () => {
  expect(shown(ClusterSchema, { name: 'c', connectTimeout: duration(-1) })).toContain(
    'connect_timeout: must be a positive duration with nanos from 0 to 999999999',
  );
  expect(shown(ClusterSchema, { name: 'c', connectTimeout: { nanos: 1_000_000_000 } })).toHaveLength(1);
  expect(shown(ClusterSchema, { name: 'c', connectTimeout: duration(0) })).toEqual(['connect_timeout: must be greater than 0s']);
});

test('numbers in wrappers, in oneofs and out of their type', () => {
  expect(shown(ClusterLoadAssignmentSchema, { clusterName: 'c', endpoints: [{ lbEndpoints: [{ loadBalancingWeight: 0 }] }] })).toEqual([
    'endpoints[0].lb_endpoints[0].load_balancing_weight: must be at least 1',
  ]);
  expect(shown(ListenerSchema, { address: socketAddress({ address: '127.0.0.1', port: 70_000 }) })).toEqual([
    'address.socket_address.port_value: must be at most 65535',
  ]);
  expect(shown(ClusterSchema, { name: 'c', perConnectionBufferLimitBytes: -1 })).toEqual([
    'per_connection_buffer_limit_bytes: must be an unsigned 32-bit integer',
  ]);
});

test('enums that are not defined', () => {
  expect(shown(ClusterSchema, { name: 'c', clusterDiscoveryType: { case: 'type', value: 99 } })).toEqual([
    'type: must be a value of envoy.config.cluster.v3.Cluster.DiscoveryType',
  ]);
});

test('packed messages are looked into, preencoded ones were looked into before', () => {
  const hcm = pack(HttpConnectionManagerSchema, { statPrefix: '', routeSpecifier: { case: 'rds', value: {} }, httpFilters: [named('', RouterSchema, {})] });
  expect(shown(FilterChainSchema, { filters: [{ name: 'hcm', configType: { case: 'typedConfig', value: hcm } }] })).toEqual([
    'filters[0].typed_config.http_filters[0].name: must not be empty',
    'filters[0].typed_config.stat_prefix: must not be empty',
  ]);
  const bytes = encode(TcpProxySchema, {});
  expect(shown(FilterChainSchema, { filters: [named('tcp', TcpProxySchema, preencoded(bytes))] })).toEqual([]);
  expect(shown(ListenerSchema, { filterChains: [preencoded(bytes)] })).toEqual([]);
});

test('messages that contain themselves', () => {
  const not = (depth: number): unknown => (depth === 0 ? { rule: { case: 'any', value: false } } : { rule: { case: 'notRule', value: not(depth - 1) } });
  expect(shown(messages.RbacSchema, { policies: { p: { permissions: [not(4)], principals: [{ identifier: { case: 'any', value: true } }] } } })).toEqual([
    'policies["p"].permissions[0].not_rule.not_rule.not_rule.not_rule.any: must be true',
  ]);
});

test('every rule of every message type Weft speaks can be made into a check', () => {
  let withRules = 0;
  for (const value of Object.values(messages) as readonly unknown[]) {
    if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'message') continue;
    const desc = value as DescMessage;
    violations(desc, {} as never);
    withRules += desc.fields.filter((field) => hasOption(field, rules)).length;
  }
  expect(withRules).toBeGreaterThan(150);
});
