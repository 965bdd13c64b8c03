// weft upgrade --plan: what applying the manifests of this version would change in the cluster, and which pods keep an older proxy.
import { definitionManifests, type Installation, imageName, manifests } from '../../../install/index.ts';
import type { KubeClient } from '../../../kube/index.ts';
import { type HelmRelease, helmReleaseOf } from '../../client/helm-release.ts';
import { kubeFlags, openKube } from '../../client/kube.ts';
import type { CommandModule, Invocation, Options } from '../../command.ts';
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
    using client = openKube(invocation, options);
    const { installation, release } = await installedBy(invocation, options, client);
    // a release's namespace is not the release's
    const own = manifests(installation).filter(({ kind, metadata: { name } }) => release === undefined || kind !== 'Namespace' || name !== release.namespace);
    const changes = await planOf(client, [...definitionManifests(), ...own]);
    const proxy = imageName(installation.values.images.proxy, installation.version);
    const restarts = await restartsOf(client, proxy, installation.values.revision);
    const changed = changes.filter(({ kind }) => kind !== 'same');
    if (form !== 'table')
      invocation.io.out(
        await valueText(
          {
            changes: changed.map(({ kind, name, diff }) => ({ kind, name, diff: diff(plain) })),
            restarts,
            ...(release === undefined ? {} : { release: release.name }),
          },
          form,
        ),
      );
    else invocation.io.out(text(invocation, changed, { restarts, proxy }));
    if (release !== undefined && changed.length > 0) invocation.note(helmSteps(release, changed));
    // as diff(1): a difference is 1
    return changed.length + restarts.length === 0 ? EXIT.ok : EXIT.failed;
  },
};

/** Below what is said on the command line are the values of the release that is there. */
async function installedBy(
  invocation: Invocation,
  options: Options,
  client: KubeClient,
): Promise<{ readonly installation: Installation; readonly release: HelmRelease | undefined }> {
  const installation = await installationOf(invocation, options);
  const release = await helmReleaseOf(client, installation);
  if (release === undefined) return { installation, release };
  const named = `release ${release.name} of Helm`;
  if (release.values === undefined) invocation.note(`‼ it is ${named}, whose values cannot be read: give them with -f (helm get values ${release.name})`);
  const under = [{ from: `values of ${named}`, value: release.values ?? {} }];
  return { installation: await installationOf(invocation, options, under), release };
}

function helmSteps({ name, namespace }: HelmRelease, changed: readonly Change[]): string {
  const definitions = changed.some((change) => change.name.startsWith('CustomResourceDefinition '));
  const first = definitions ? 'weft install --crds-only | kubectl apply --server-side -f -\n  ' : '';
  return `it is release ${name} of Helm. To do it:\n  ${first}helm upgrade ${name} deploy/helm/weft -n ${namespace} --reset-then-reuse-values`;
}

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
