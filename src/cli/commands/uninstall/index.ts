// weft uninstall: what to delete, in order, on standard output for `kubectl delete -f -`. It deletes nothing itself, and the definitions of
// our kinds, with which every document goes, only when it is told that they go too.
import type { Manifest } from '../../../install/index.ts';
import { helmReleaseOf } from '../../client/helm-release.ts';
import { kubeFlags, openKube } from '../../client/kube.ts';
import type { CommandModule } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import { readOutput } from '../../text/output.ts';
import { installationOf, valueFlags } from '../install/given.ts';
import { manifestText } from '../install/index.ts';
import { definitionsToGo, meshedPods, ownToGo } from './there.ts';

const FORMS = ['yaml', 'json'] as const;

export const command: CommandModule = {
  declare(declared) {
    kubeFlags(valueFlags(declared))
      .option('--crds', 'the definitions of our kinds as well; refused while there are documents of them')
      .option('--with-documents', 'with --crds: also when there are documents, which go with them')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'yaml');
    const installation = await installationOf(invocation, options);
    const { namespace, revision } = installation.values;
    using client = openKube(invocation, options);
    const definitions = options['crds'] === true ? await definitionsToGo(client, options['withDocuments'] === true) : [];
    const release = await helmReleaseOf(client, installation);
    const all = await ownToGo(client, installation);
    const own = release === undefined ? all : all.filter(isLeftByHelm);
    if (release !== undefined)
      invocation.note(`‼ it is release ${release.name} of Helm, first: helm uninstall ${release.name} -n ${release.namespace}\nwhat Helm leaves:`);
    for (const [where, pods] of await meshedPods(client, revision))
      invocation.note(
        `‼ ${pods} pods of namespace ${where} keep their proxies, which hear nothing any more: take the label weft.dev/inject away and restart them first`,
      );
    if (own.some(({ kind }) => kind === 'Namespace'))
      invocation.note(`‼ with namespace ${namespace} goes the key of the certificate authority (Secret weft-ca)`);
    invocation.io.out(await manifestText([...own, ...definitions].map(bare), form));
    invocation.note(own.length + definitions.length === 0 ? 'nothing of it is in the cluster' : 'next: pipe it into kubectl delete --ignore-not-found -f -');
    return EXIT.ok;
  },
};

/** What a release has not made: the control plane's own ConfigMaps, and the namespace. */
const isLeftByHelm = ({ kind }: Manifest): boolean => kind === 'ConfigMap' || kind === 'Namespace';

/** Enough to delete it. */
const bare = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
});
