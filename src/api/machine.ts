// What `weft run` and the control plane say to each other: JSON over gRPC on the proxies' port, service weft.machine.v1.Machine.
// Join trades a join token for an identity; Renew keeps lease and tokens fresh; Report says how the application is; Leave ends it.
import { z } from 'zod';

export const MACHINE_SERVICE = 'weft.machine.v1.Machine';

const port = z.int().min(1).max(65535);

/** Capture as in model's `Capture`: how traffic reaches the proxy. */
export const CaptureSchema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('netns'), netns: z.string(), resolvers: z.array(z.string()), directory: z.string().optional() }),
  z.strictObject({ mode: z.literal('relay'), directory: z.string(), resolvers: z.array(z.string()) }),
  z.strictObject({
    mode: z.literal('explicit'),
    httpPort: port,
    upstreams: z.array(z.strictObject({ service: z.string(), port, localPort: port })),
  }),
  z.strictObject({ mode: z.literal('fallback') }),
  z.strictObject({ mode: z.literal('none') }),
]);

export const JoinRequestSchema = z.strictObject({
  /** A join token, or what the attestor named here asks for. */
  token: z.string(),
  attestor: z.string().optional(),
  /** Service this workload is for; its Service document is made from `ports` when none exists and `createService` is true. */
  service: z.string(),
  createService: z.boolean(),
  /** It is a proxy of the Gateway named `service`, not a workload with an application. */
  gateway: z.boolean().optional(),
  /**
   * `proxy`: it is the proxy of a node, named by service and instance. `served`: an application for which the node joins whose proxy token comes with
   * the call, and which its proxy will serve.
   */
  node: z.enum(['proxy', 'served']).optional(),
  instance: z.string(),
  labels: z.record(z.string(), z.string()),
  address: z.string(),
  ports: z.array(
    z.strictObject({ name: z.string(), port, proxyPort: port, servicePort: port.optional(), protocol: z.enum(['http', 'h2c', 'grpc', 'tcp']).optional() }),
  ),
  zone: z.string(),
  weight: z.int().min(1),
  capture: CaptureSchema,
  bind: z.string(),
  hostLoopback: z.string(),
  /** What only the machine knows of the proxy it will start; the control plane writes the whole bootstrap. */
  envoy: z.strictObject({
    version: z.string(),
    adminSocket: z.string(),
    readySocket: z.string(),
    tokenFile: z.string(),
    tokenDirectory: z.string(),
    tokenResource: z.string(),
    /** SDS file with what the control plane is recognised by; without it that is fixed in the bootstrap. */
    trustResource: z.string().optional(),
    /** `host:port`, or `unix:/path`, as Envoy reaches the control plane. */
    xdsAddress: z.string(),
    /** How much Envoy may allocate, in bytes; machines of earlier releases do not say it. */
    heapBytes: z.int().min(1).optional(),
  }),
});
export type JoinRequest = z.infer<typeof JoinRequestSchema>;

export const JoinReplySchema = z.strictObject({
  workload: z.string(),
  identity: z.string(),
  proxyToken: z.string(),
  renewAfterMs: z.number(),
  leaseMs: z.number(),
  /** What the control plane is recognised by, PEM. */
  rootPem: z.string(),
  /** Envoy bootstrap, JSON. */
  bootstrap: z.string(),
  /** Service document that was made, `namespace/name`; '' when it existed. */
  createdService: z.string(),
});
export type JoinReply = z.infer<typeof JoinReplySchema>;

/** Authenticated by the proxy token in `authorization: Bearer`. Ports may be added once the application's protocol is known. */
export const RenewRequestSchema = z.strictObject({
  /** SHA-256 of the roots that the machine recognises the control plane by, and its proxy too. */
  trusts: z.array(z.string().max(64)).max(16).optional(),
  /** What the machine's clock says, epoch ms. */
  now: z.number().min(0).max(8.64e15).optional(),
});
export const RenewReplySchema = z.strictObject({
  proxyToken: z.string(),
  renewAfterMs: z.number(),
  leaseMs: z.number(),
  /** As in JoinReply: more than one root while it is being changed. */
  rootPem: z.string(),
});
export type RenewReply = z.infer<typeof RenewReplySchema>;

/** `protocols`: what the application was found to speak, for ports whose protocol nobody declared. */
export const ReportRequestSchema = z.strictObject({
  state: z.enum(['Starting', 'Ready', 'Draining']),
  protocols: z.record(z.string(), z.enum(['http', 'h2c', 'tcp'])).optional(),
});
export type ReportRequest = z.infer<typeof ReportRequestSchema>;
/** `drained` is true once every proxy that knows the endpoint has acknowledged the new state (or there is none). */
export const ReportReplySchema = z.strictObject({ seen: z.number(), total: z.number() });
export type ReportReply = z.infer<typeof ReportReplySchema>;
export const LeaveRequestSchema = z.strictObject({});
