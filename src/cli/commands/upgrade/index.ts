// weft upgrade --plan: what applying the manifests of this version would change in the cluster, and which pods keep an older proxy.
import { definitionManifests, imageName, manifests } from '../../../install/index.ts';
import { kubeFlags, openKube } from '../../client/kube.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { EXIT, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { installationOf, valueFlags } from '../install/given.ts';
import { type Change, planOf } from './plan.ts';
import { type Restart, restartsOf } from './restarts.ts';

const FORMS = ['table', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    kubeFlags(valueFlags(declared))
      .option('--plan', 'only show what would change; `weft install | kubectl apply -f -` does it')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    if (options['plan'] !== true)
      throw usageError('weft changes no cluster by itself: weft upgrade --plan shows what would change\n  to do it: weft install | kubectl apply -f -');
    const form = readOutput(options['output'], FORMS, 'table');
    const installation = await installationOf(invocation, options);
    using client = openKube(invocation, options);
    const changes = await planOf(client, [...definitionManifests(), ...manifests(installation)]);
    const proxy = imageName(installation.values.images.proxy, installation.version);
    const restarts = await restartsOf(client, proxy, installation.values.revision);
    const changed = changes.filter(({ kind }) => kind !== 'same');
    if (form !== 'table')
      invocation.io.out(await valueText({ changes: changed.map(({ kind, name, diff }) => ({ kind, name, diff: diff(plain) })), restarts }, form));
    else invocation.io.out(text(invocation, changed, { restarts, proxy }));
    // as diff(1): a difference is 1
    return changed.length + restarts.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

const plain = (_style: string, words: string): string => words;

const HEAD = { create: 'new', change: 'changed', same: '', refused: 'refused' } as const;

const whose = (revisions: readonly string[]): string =>
  revisions.length === 0 ? '' : ` of ${revisions.map((each) => (each === '' ? 'the control plane without a revision' : `revision ${each}`)).join(', ')}`;

function text(
  invocation: Invocation,
  changes: readonly Change[],
  { restarts, proxy }: { readonly restarts: readonly Restart[]; readonly proxy: string },
): string {
  const { paint } = invocation;
  if (changes.length + restarts.length === 0) return `${paint('green', '✔ the cluster has all of it as it would be now')}\n`;
  const blocks = changes.map((change) => `${paint('bold', `${HEAD[change.kind]}  ${change.name}`)}\n${change.diff(paint)}`);
  const rows = restarts.map(
    ({ namespace, owner, pods, images, revisions }) =>
      `  ${pods} of ${owner} run ${images.join(', ')}${whose(revisions)}\n    → kubectl -n ${namespace} rollout restart ${owner}\n`,
  );
  const head = rows.length === 0 ? '' : `${paint('bold', `pods keep their proxies until they are made anew; the new one is ${proxy}`)}\n`;
  return `${blocks.join('\n')}${blocks.length > 0 && rows.length > 0 ? '\n' : ''}${head}${rows.join('')}`;
}
