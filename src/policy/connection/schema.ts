import { z } from 'zod';
import { attachment, duration, fields, labels, parseDuration, positiveDuration } from '../../model/index.ts';

const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be from ${least} to ${most}`).max(most, `must be from ${least} to ${most}`).optional();

const LONGEST_IDLE_MS = 24 * 3_600_000;

/** The callee's proxy ends connections after a day of silence, whatever callers say. */
const tcpIdle = positiveDuration.refine((text) => (parseDuration(text) ?? 0) <= LONGEST_IDLE_MS, 'must be at most 24h');

/** Whole seconds: sockets count in them. */
const tcpKeepalive = fields({ time: positiveDuration.optional(), interval: positiveDuration.optional(), probes: whole(1, 100) });

const http2 = fields({
  maxConcurrentStreams: whole(1, 2_147_483_647),
  streamWindowBytes: whole(65_535, 2_147_483_647),
  connectionWindowBytes: whole(65_535, 2_147_483_647),
  ping: fields({ interval: positiveDuration.optional(), timeout: positiveDuration.optional() }).optional(),
});

/** Between the proxy of a workload and its application. */
const application = fields({
  connectTimeout: positiveDuration.optional(),
  idle: duration.optional(),
  maxAge: duration.optional(),
  maxRequestsPerConnection: whole(0, 1_000_000_000),
  /** As appProtocol says, or what the application speaks whatever it is called. */
  http: z.enum(['AsDeclared', 'HTTP1', 'HTTP2']).optional(),
  proxyProtocol: z.enum(['None', 'V1', 'V2']).optional(),
});

/** No defaults in here: a field left out is inherited. `0s` and 0 mean without a limit. */
export const connectionSchema = fields({
  ...attachment(['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway']),
  /** Workloads of the namespace, by label: for what holds in front of their applications. */
  selector: labels.optional(),
  connectTimeout: positiveDuration.optional(),
  idle: duration.optional(),
  maxAge: duration.optional(),
  maxAgeJitterPercent: whole(0, 100),
  maxRequestsPerConnection: whole(0, 1_000_000_000),
  /** Of a TCP port: how long both sides may be silent. */
  tcpIdle: tcpIdle.optional(),
  tcpKeepalive: tcpKeepalive.optional(),
  http2: http2.optional(),
  application: application.optional(),
  /** Of a Gateway: clients of its HTTPS listeners may use HTTP/3 too. */
  http3: z.boolean().optional(),
});
export type ConnectionSpec = z.output<typeof connectionSchema>;
