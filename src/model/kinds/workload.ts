import { z } from 'zod';
import { fields, ipv4, portName, portNumber, subdomain } from './fields.ts';
import { defineKind } from './kind.ts';

const upstream = fields({ service: z.string(), port: portNumber, localPort: portNumber });

const ms = z.int('must be a whole number').min(1, 'must be at least 1').max(86_400_000, 'must be at most a day');
const line = z.string().max(4096, 'must be at most 4096 characters');

/** As model's `PodProbe`. */
const probe = fields({
  path: line.regex(/^\//, 'must begin with a slash'),
  kind: z.enum(['http', 'https', 'tcp', 'grpc']),
  port: portNumber,
  targetPath: line.optional(),
  headers: z
    .array(fields({ name: line, value: line }))
    .max(64, 'must be at most 64')
    .optional(),
  host: line.optional(),
  service: line.optional(),
  timeoutMs: ms,
  periodMs: ms,
});

/** As model's `Capture`; written by `weft run` or made of a pod, never by hand. */
const capture = z.discriminatedUnion('mode', [
  fields({
    mode: z.literal('netns'),
    netns: z.string().min(1, 'must not be empty'),
    resolvers: z.array(z.string()).default([]),
    directory: z.string().optional(),
  }),
  fields({ mode: z.literal('relay'), directory: z.string().min(1, 'must not be empty'), resolvers: z.array(z.string()).default([]) }),
  fields({ mode: z.literal('explicit'), httpPort: portNumber, upstreams: z.array(upstream).default([]) }),
  fields({
    mode: z.literal('pod'),
    ipv6: z.boolean().default(false),
    resolvers: z.array(z.string()).default([]),
    clusterDomain: subdomain.optional(),
    netns: z.string().regex(/^\//, 'must be a path').max(4096, 'must be at most 4096 characters').optional(),
    probes: z.array(probe).max(64, 'must be at most 64').optional(),
  }),
  fields({ mode: z.literal('fallback') }),
  fields({ mode: z.literal('none') }),
]);

const port = fields({
  name: z.union([portName, z.literal('')]).default(''),
  port: portNumber,
  /** A port for UDP has no proxy in front of it. */
  protocol: z.enum(['TCP', 'UDP']).default('TCP'),
  proxyPort: portNumber.optional(),
  speaks: z.enum(['http', 'h2c', 'grpc', 'tcp']).optional(),
});

export const workloadSchema = fields({
  serviceAccount: subdomain.default('default'),
  address: ipv4,
  ports: z.array(port).default([]),
  zone: z.string().max(253, 'must be at most 253 characters').default(''),
  /** Which machine it runs on: those of one are near each other. Without it its address says that. */
  machine: z.string().max(253, 'must be at most 253 characters').default(''),
  weight: z.int('must be a whole number').min(1, 'must be from 1 to 10000').max(10_000, 'must be from 1 to 10000').default(1),
  state: z.enum(['Starting', 'Ready', 'Draining']).default('Ready'),
  /** It has no proxy and takes no mutual TLS: callers send it plaintext, whatever a policy says. Made of what is not in the mesh. */
  plaintext: z.boolean().optional(),
  /** This is no application but a proxy of the Gateway of that name; written by `weft gateway`. */
  gateway: subdomain.optional(),
  /** This is no application but the proxy of a node; written by `weft node`, or made of a pod of the node's agent. */
  node: z.literal(true).optional(),
  proxy: fields({
    capture,
    bind: z.string().default(''),
    hostLoopback: z.string().default(''),
    /** The node whose proxy serves it, `namespace/name` of its Workload; written by `weft run --node`, or made of a pod. */
    node: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be namespace/name')
      .optional(),
  }).optional(),
});
export type WorkloadSpec = z.output<typeof workloadSchema>;

export const workloadKind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'Workload',
  plural: 'workloads',
  shortNames: ['wl'],
  namespaced: true,
  summary: 'One running instance on a plain machine. `weft run` writes and removes it; one without a proxy can be written by hand.',
  schema: workloadSchema,
  columns: [
    { name: 'STATE', path: 'spec.state' },
    { name: 'ADDRESS', path: 'spec.address' },
    { name: 'GATEWAY', path: 'spec.gateway', wide: true },
    { name: 'NODE', path: 'spec.proxy.node', wide: true },
    { name: 'SERVICE ACCOUNT', path: 'spec.serviceAccount' },
    { name: 'ZONE', path: 'spec.zone', wide: true },
    { name: 'CAPTURE', path: 'spec.proxy.capture.mode', wide: true },
  ],
  check: ({ spec }, report) => {
    if (spec.plaintext === true && spec.proxy !== undefined) report('WEFT1211', 'spec.plaintext', 'plaintext is ignored: the workload has a proxy');
    const seen = new Map<string, number>();
    const names = new Map<string, number>();
    for (const [at, each] of spec.ports.entries()) {
      const place = `${each.protocol} ${each.port}`;
      const before = seen.get(place);
      if (before !== undefined) report('WEFT1208', `spec.ports[${at}].port`, `port ${each.port} is already spec.ports[${before}]`);
      const named = each.name === '' ? undefined : names.get(each.name);
      if (named !== undefined) report('WEFT1208', `spec.ports[${at}].name`, `the name "${each.name}" is already taken by spec.ports[${named}]`);
      if (each.protocol === 'UDP') {
        const idle = (['proxyPort', 'speaks'] as const).filter((field) => each[field] !== undefined);
        for (const field of idle) report('WEFT1211', `spec.ports[${at}].${field}`, `${field} is ignored: no proxy stands before a port for UDP`);
      }
      seen.set(place, before ?? at);
      names.set(each.name, names.get(each.name) ?? at);
    }
    const { proxy } = spec;
    const entered = proxy?.capture.mode === 'netns' || (proxy?.capture.mode === 'pod' && proxy.capture.netns !== undefined);
    if (proxy?.node !== undefined && !entered)
      report(
        'WEFT2480',
        'spec.proxy.capture.mode',
        `a node's proxy reaches applications in their network namespaces, and this one is captured by ${proxy.capture.mode}`,
      );
  },
});
