// Every command there is, in the order in which help shows them. To add one: write its folder, add an entry here.
import type { CommandEntry } from '../command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'run the control plane, until ^C',
    group: 'Run',
    examples: ['weft up', 'weft up -f examples/shop --xds 192.0.2.10:7401'],
    load: async () => (await import('./up/index.ts')).command,
    ownSignals: true,
  },
  {
    name: 'run',
    summary: 'run a command as a workload of the mesh',
    group: 'Run',
    examples: ['weft run --service web --port 8080 -- node web.js', 'weft run --service checkout -n shop --version v2 --port 80:9090/http -- ./checkout'],
    load: async () => (await import('./run/index.ts')).command,
    ownSignals: true,
  },
  {
    name: 'dev',
    summary: 'run a control plane and every service of one file',
    group: 'Run',
    examples: ['weft dev', 'weft dev -f weft.yaml'],
    load: async () => (await import('./dev/index.ts')).command,
    ownSignals: true,
  },
  {
    name: 'token',
    summary: 'make a join token for a workload on another machine',
    group: 'Run',
    examples: ['weft token create --service-account shop/checkout', 'weft token create --service-account shop/checkout --ttl 1h -o json'],
    load: async () => (await import('./token/index.ts')).command,
  },
  {
    name: 'apply',
    summary: 'write documents from files, all of them or none',
    group: 'Documents',
    examples: ['weft apply -f route.yaml', 'weft apply -f examples/shop --dry-run=server'],
    load: async () => (await import('./apply/index.ts')).command,
  },
  {
    name: 'diff',
    summary: 'show what apply would change',
    group: 'Documents',
    examples: ['weft diff -f route.yaml', 'weft diff -f examples/shop && echo nothing to do'],
    load: async () => (await import('./diff/index.ts')).command,
  },
  {
    name: 'validate',
    summary: 'check documents without writing them',
    group: 'Documents',
    examples: ['weft validate -f route.yaml', 'weft validate -f examples/shop'],
    load: async () => (await import('./validate/index.ts')).command,
  },
  {
    name: 'get',
    summary: 'list documents, or show some',
    group: 'Documents',
    examples: ['weft get services', 'weft get httproutes -n shop -o yaml'],
    load: async () => (await import('./get/index.ts')).command,
  },
  {
    name: 'describe',
    summary: 'tell everything about one document',
    group: 'Documents',
    examples: ['weft describe service checkout', 'weft describe httproute/checkout -n shop'],
    load: async () => (await import('./describe/index.ts')).command,
  },
  {
    name: 'watch',
    summary: 'follow documents as they change',
    group: 'Documents',
    examples: ['weft watch workloads', 'weft watch httproutes -n shop'],
    load: async () => (await import('./watch/index.ts')).command,
  },
  {
    name: 'delete',
    summary: 'delete documents by name or by file',
    group: 'Documents',
    examples: ['weft delete httproute checkout', 'weft delete -f route.yaml'],
    load: async () => (await import('./delete/index.ts')).command,
  },
  {
    name: 'status',
    summary: 'show how the control plane and its proxies are',
    group: 'See',
    examples: ['weft status', 'weft status -o json'],
    load: async () => (await import('./status/index.ts')).command,
  },
  {
    name: 'proxies',
    summary: 'list proxies: in sync, pending, or refusing what they got',
    group: 'See',
    examples: ['weft proxies', 'weft proxies -n shop -o json'],
    load: async () => (await import('./proxies/index.ts')).command,
  },
  {
    name: 'proxy-config',
    aliases: ['pc'],
    summary: "show a proxy's configuration and the documents it comes from",
    group: 'See',
    examples: ['weft proxy-config all shop/web', 'weft pc routes shop/web -o json'],
    load: async () => (await import('./proxy-config/index.ts')).command,
  },
  {
    name: 'explain',
    summary: 'tell which way a request takes, and why',
    group: 'See',
    examples: ['weft explain --from web --to checkout', "weft explain --from shop/web --to shop/checkout --path /pay -H 'x-employee: true'"],
    load: async () => (await import('./explain/index.ts')).command,
  },
  {
    name: 'kubeconfig',
    summary: 'print the file with which kubectl reaches the control plane',
    group: 'Other',
    examples: ['export KUBECONFIG=$(weft kubeconfig)', 'kubectl --kubeconfig "$(weft kubeconfig)" get services'],
    load: async () => (await import('./kubeconfig/index.ts')).command,
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands in your shell',
    group: 'Other',
    examples: ['source <(weft completion bash)', 'weft completion fish > ~/.config/fish/completions/weft.fish'],
    load: async () => (await import('./completion/index.ts')).command,
  },
  {
    name: 'version',
    summary: 'show the versions of Weft, the control plane and Envoy',
    group: 'Other',
    examples: ['weft version', 'weft version -o json'],
    load: async () => (await import('./version/index.ts')).command,
  },
  {
    name: '__complete',
    summary: 'words that may come next, for the scripts of `weft completion`',
    group: 'Other',
    examples: ['weft __complete -- get ser', 'weft __complete -- get services che'],
    load: async () => (await import('./completion/words.ts')).command,
    hidden: true,
  },
];

/** By name or alias. */
export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === name || entry.aliases?.includes(name) === true);
}
