import { z } from 'zod';
import { fields, label, subdomain } from '../model/index.ts';

/** Kubernetes documentation, "Quantities", as far as processors and memory need it. */
const quantity = z.union([
  z.int().min(0, 'must not be negative'),
  z
    .string()
    .max(32, 'must be at most 32 characters')
    .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/, 'must be a quantity such as "250m", "1" or "512Mi"'),
]);
/** `null` takes a default away, as Helm has it. */
const amount = (usual?: string) => (usual === undefined ? quantity.optional() : quantity.nullable().default(usual));
const amounts = (cpu: string | undefined, memory: string) => fields({ cpu: amount(cpu), memory: amount(memory), 'ephemeral-storage': amount() }).prefault({});
const resources = (requests: { readonly cpu: string; readonly memory: string }, limits: { readonly memory: string }) =>
  fields({ requests: amounts(requests.cpu, requests.memory), limits: amounts(undefined, limits.memory) }).prefault({});

const repository = z
  .string()
  .max(255, 'must be at most 255 characters')
  .regex(/^[a-z0-9]+([._:-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/, 'must be the name of an image without tag, such as registry.example.com/weft/proxy');
const image = (name: string) =>
  fields({
    repository: repository.default(name).describe('Name of the image, with its registry.'),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'must be the tag of an image')
      .optional()
      .describe('Default: the version of Weft that this is of.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
      .optional()
      .describe('Pins the image, in place of the tag.'),
  }).prefault({});

const folder = z
  .string()
  .max(200, 'must be at most 200 characters')
  .regex(/^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/, 'must be a folder from the root, such as /opt/cni/bin');

const anyFields = z.record(z.string(), z.json());

const controlPlane = fields({
  replicas: z.int().min(1, 'must be at least 1').max(9, 'must be at most 9').default(2).describe('How many serve proxies and webhooks; one of them writes.'),
  resources: resources({ cpu: '200m', memory: '512Mi' }, { memory: '2Gi' }),
  data: fields({
    size: quantity.default('4Gi').describe('Room for the mirror of the cluster and for telemetry, of the node’s disk.'),
    claim: subdomain.optional().describe('A PersistentVolumeClaim that keeps telemetry beyond a pod; for a single replica.'),
  }).prefault({}),
  spread: z.enum(['Preferred', 'Required']).default('Preferred').describe('Whether two replicas may stand on one node.'),
  nodeSelector: z.record(z.string(), z.string()).default({}).describe('Labels of the nodes where it may stand.'),
  tolerations: z.array(anyFields).default([]).describe('Taints of nodes that it puts up with, as in a pod.'),
  priorityClassName: subdomain.optional().describe('A PriorityClass that is there.'),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Of its own log.'),
}).prefault({});

const proxy = fields({
  pullSecrets: z
    .array(subdomain)
    .default([])
    .describe('Secrets with which the proxy’s image is pulled, in the namespaces of the pods themselves; they are named in the pods, and nothing is copied.'),
  resources: resources({ cpu: '20m', memory: '96Mi' }, { memory: '512Mi' }).describe('Of each injected proxy, unless its pod says otherwise.'),
}).prefault({});

const readable = fields({
  namespace: label,
  names: z.array(subdomain).min(1, 'must name at least one Secret').optional().describe('Only these; without it every Secret of the namespace.'),
});

/**
 * What `weft install` and the Helm chart may be told. One schema: the chart's values.schema.json, its values.yaml and the manifests come
 * of it. Unknown fields are refused.
 */
export const valuesSchema = fields({
  namespace: label.default('weft-system').describe('Where the control plane runs.'),
  revision: label
    .max(20, 'must be at most 20 characters')
    .optional()
    .describe('Names this control plane beside another one; namespaces with the label weft.dev/rev of this value use it.'),
  trustDomain: z
    .string()
    .max(255, 'must be at most 255 characters')
    .regex(/^[a-z0-9._-]+$/, 'must be lower-case letters, digits, ".", "-" and "_" (SPIFFE trust domain)')
    .default('cluster.local')
    .describe('Of all identities; it never changes afterwards.'),
  clusterDomain: subdomain.max(100, 'must be at most 100 characters').default('cluster.local').describe('In which names of the cluster’s Services end.'),
  images: fields({
    controlPlane: image('weft/control-plane'),
    proxy: image('weft/proxy'),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent').describe('Of all of them, wherever they run.'),
    pullSecrets: z.array(subdomain).default([]).describe('Secrets of the control plane’s namespace with which its image is pulled.'),
  }).prefault({}),
  controlPlane,
  proxy,
  gateways: fields({
    className: label.default('weft').describe('Name of the GatewayClass.'),
    provision: z
      .union([z.enum(['Everywhere', 'Nowhere']), z.array(label)])
      .default('Everywhere')
      .describe('Where a Gateway makes a Deployment and a Service: in every namespace, in none, or in these.'),
  }).prefault({}),
  webhooks: fields({
    clientAuthority: subdomain
      .optional()
      .describe(
        'A ConfigMap of the control plane’s namespace whose ca.crt recognises the certificate with which the API server asks (its admission configuration says it). Without it whoever reaches port 9443 may ask.',
      ),
    clientNames: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:_@-]{0,127}$/, 'must be the common name of a certificate'))
      .default([])
      .describe('Common names of that certificate; any without.'),
  }).prefault({}),
  injection: fields({
    interception: z
      .enum(['InitContainer', 'CNI'])
      .default('InitContainer')
      .describe('Who captures the traffic of pods: an init container of each, which needs NET_ADMIN, or a CNI plugin with an agent on each node.'),
    names: z
      .enum(['Services', 'Mesh'])
      .default('Mesh')
      .describe(
        'Which names the proxies of pods answer: those in .mesh alone, or those of Services, too, so that they are known while the cluster’s DNS is away; that wants CONFIG_NFT_DUP_IPV4 of the nodes’ kernel.',
      ),
    failurePolicy: z
      .enum(['Fail', 'Ignore'])
      .default('Fail')
      .describe('What becomes of a pod of a labelled namespace while no control plane answers: refused, or let through without a proxy.'),
  }).prefault({}),
  node: fields({
    cniBinDir: folder.default('/opt/cni/bin').describe('Where the container runtime of the nodes finds CNI plugins.'),
    cniConfDir: folder.default('/etc/cni/net.d').describe('Where it finds CNI configurations.'),
    pullSecrets: z
      .array(subdomain)
      .default([])
      .describe('Secrets with which the proxy’s image is pulled, in the namespaces of the pods themselves; they are named in the pods, and nothing is copied.'),
    resources: resources({ cpu: '20m', memory: '96Mi' }, { memory: '512Mi' }),
    nodeSelector: z.record(z.string(), z.string()).default({}).describe('Nodes with an agent. Pods of meshed namespaces wait on those without one.'),
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    proxy: fields({
      enabled: z.boolean().default(false).describe('Whether pods may choose the proxy of their node (label weft.dev/proxy: node).'),
      resources: resources({ cpu: '50m', memory: '128Mi' }, { memory: '1Gi' }),
      concurrency: z.int().min(1, 'must be at least 1').max(128, 'must be at most 128').default(2).describe('Worker threads, for all pods of the node.'),
    })
      .prefault({})
      .describe('One proxy on each node, for pods that have none of their own.'),
  })
    .prefault({})
    .describe('The agent of each node, where something needs one.'),
  secrets: z
    .array(readable)
    .default([])
    .describe('Secrets that documents may name (certificates of Gateways). Nothing else is read: no other namespace, and never all of the cluster.'),
  mesh: anyFields.optional().describe('The spec of the Mesh document; without it the defaults hold until somebody applies one.'),
});

export type Values = z.output<typeof valuesSchema>;
export type ImageValues = Values['images']['proxy'];
