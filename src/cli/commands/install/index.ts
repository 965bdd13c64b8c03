// weft install: what a Kubernetes cluster is given, on standard output. It talks to no cluster.
import { definitionManifests, type Installation, type Manifest, manifests } from '../../../install/index.ts';
import type { CommandModule } from '../../command.ts';
import { EXIT, usageError } from '../../exit.ts';
import { readOutput } from '../../text/output.ts';
import { installationOf, valueFlags } from './given.ts';

const FORMS = ['yaml', 'json'] as const;

export const command: CommandModule = {
  declare(declared) {
    valueFlags(declared)
      .option('--crds-only', 'only the definitions of our kinds')
      .option('--no-crds', 'all but the definitions of our kinds')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    if (options['crdsOnly'] === true && options['crds'] === false) throw usageError('--crds-only and --no-crds leave nothing to print');
    const form = readOutput(options['output'], FORMS, 'yaml');
    const installation = await installationOf(invocation, options);
    const definitions = options['crds'] === false ? [] : definitionManifests();
    const own = options['crdsOnly'] === true ? [] : manifests(installation);
    invocation.io.out(await manifestText([...definitions, ...own], form));
    if (invocation.io.terminal) invocation.note(next(installation));
    return EXIT.ok;
  },
};

/** One stream of documents, or one List, as `kubectl apply -f -` takes them. */
export async function manifestText(all: readonly Manifest[], form: (typeof FORMS)[number]): Promise<string> {
  if (form === 'json') return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: all }, null, 2)}\n`;
  const { stringify } = await import('../../text/yaml.ts');
  // kubectl reads YAML 1.1, to which a plain `on` is a boolean
  return all.map((each) => `---\n${stringify(each, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })}`).join('');
}

const next = ({ values }: Installation): string =>
  values.revision === undefined
    ? 'next: weft install | kubectl apply -f -; kubectl label namespace NAMESPACE weft.dev/inject=enabled'
    : `next: apply it, then kubectl label namespace NAMESPACE weft.dev/inject=enabled weft.dev/rev=${values.revision}`;
