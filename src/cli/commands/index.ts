// The commands of `weft`, one folder each. To add one: write the folder, add an entry here.
import type { CommandEntry } from '../command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Start a control plane and keep it in the foreground',
    group: 'Run',
    examples: ['weft up', 'weft up --xds 192.0.2.10:7401 -f documents/'],
    load: async () => (await import('./up/index.ts')).up,
  },
  {
    name: 'run',
    summary: 'Run a command as a workload of the mesh, behind its own Envoy',
    group: 'Run',
    examples: ['weft run --service web --port 8080 -- node web.js', 'weft run --control-plane 192.0.2.10:7401 --token TOKEN --service checkout --port 8080 -- ./checkout'],
    load: async () => (await import('./run/index.ts')).run,
  },
  {
    name: 'dev',
    summary: 'Run the whole mesh of one file on this machine',
    group: 'Run',
    examples: ['weft dev', 'weft dev -f weft.yaml'],
    load: async () => (await import('./dev/index.ts')).dev,
  },
  {
    name: 'token',
    summary: 'Make a token with which another machine joins, once',
    group: 'Run',
    examples: ['weft token create --service-account shop/checkout --ttl 10m', 'weft token create --service-account shop/checkout --label version=v2'],
    load: async () => (await import('./token/index.ts')).token,
  },
  {
    name: 'apply',
    summary: 'Create or change documents, all of them or none',
    group: 'Documents',
    examples: ['weft apply -f shop/', 'cat route.yaml | weft apply -f - --dry-run=server'],
    load: async () => (await import('./apply/index.ts')).apply,
  },
  {
    name: 'get',
    summary: 'List documents',
    group: 'Documents',
    examples: ['weft get services -A', 'weft get httproute/checkout -n shop -o yaml'],
    load: async () => (await import('./get/index.ts')).get,
  },
  {
    name: 'describe',
    summary: 'Say everything about a document: fields, conditions, problems, endpoints',
    group: 'Documents',
    examples: ['weft describe service checkout -n shop', 'weft describe httproute/checkout -n shop'],
    load: async () => (await import('./describe/index.ts')).describe,
  },
  {
    name: 'diff',
    summary: 'Show what apply would change',
    group: 'Documents',
    examples: ['weft diff -f shop/', 'cat route.yaml | weft diff -f -'],
    load: async () => (await import('./diff/index.ts')).diff,
  },
  {
    name: 'delete',
    summary: 'Delete documents',
    group: 'Documents',
    examples: ['weft delete httproute checkout -n shop', 'weft delete -f shop/ --ignore-not-found'],
    load: async () => (await import('./delete/index.ts')).remove,
  },
  {
    name: 'watch',
    summary: 'Follow documents as they change',
    group: 'Documents',
    examples: ['weft watch workloads -A', 'weft watch httproutes -n shop -o json'],
    load: async () => (await import('./watch/index.ts')).watch,
  },
  {
    name: 'validate',
    aliases: ['lint', 'analyze'],
    summary: 'Check documents without a control plane, each and together',
    group: 'Documents',
    examples: ['weft validate -f shop/', 'cat route.yaml | weft validate -f -'],
    load: async () => (await import('./validate/index.ts')).validate,
  },
  {
    name: 'proxies',
    aliases: ['proxy-status', 'ps'],
    summary: 'Show every proxy: in sync or not, and what it refused',
    group: 'See',
    examples: ['weft proxies', 'weft proxies -n shop -w'],
    load: async () => (await import('./proxies/index.ts')).proxies,
  },
  {
    name: 'proxy-config',
    aliases: ['pc'],
    summary: "Show a proxy's own configuration",
    group: 'See',
    examples: ['weft proxy-config clusters shop/web-1', 'weft pc routes web-1 -n shop -o yaml'],
    load: async () => (await import('./proxy-config/index.ts')).proxyConfig,
  },
  {
    name: 'explain',
    summary: 'Say where a request goes, and which line of which document decides it',
    group: 'See',
    examples: ['weft explain --from web --to checkout', "weft explain --from shop/web --to checkout --path /pay --method POST -H 'x-employee: true'"],
    load: async () => (await import('./explain/index.ts')).explain,
  },
  {
    name: 'version',
    summary: 'Versions of weft, of the control plane and of Envoy',
    group: 'Other',
    examples: ['weft version', 'weft version -o json'],
    load: async () => (await import('./version/index.ts')).version,
  },
  {
    name: 'completion',
    summary: 'Completion for a shell, with the names there are',
    group: 'Other',
    examples: ['source <(weft completion bash)', 'weft completion fish > ~/.config/fish/completions/weft.fish'],
    load: async () => (await import('./completion/index.ts')).completion,
  },
  {
    name: '__complete',
    summary: 'What may stand at the end of a line',
    group: 'Other',
    examples: [],
    load: async () => (await import('./complete/index.ts')).complete,
    hidden: true,
  },
];

/** A command by its name or one of its other names. */
export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === name || entry.aliases?.includes(name) === true);
}
