// weft inject, weft uninject: proxies into manifests, for pipelines that want to see what is applied, and out of them again. Asks nobody.
import type { Command } from 'commander';
import { DEFAULT_SETTINGS, type InjectSettings, injectObject, type Outcome, stripObject } from '../../../inject/index.ts';
import { collect, filesOf } from '../../client/files.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { EXIT, type ExitCode, usageError } from '../../exit.ts';
import { hasErrors, tellDiagnostics, tellRefused } from '../../text/diagnostics.ts';
import { readOutput } from '../../text/output.ts';
import { readInterception, readNames } from '../up/kubernetes.ts';
import { readManifests } from './manifests.ts';

const FORMS = ['yaml', 'json'] as const;

const common = (declared: Command): Command =>
  declared
    .option('-f, --filename <path>', 'manifests: a file, a folder, or - for standard input; may be given several times', collect)
    .option('-o, --output <form>', `one of ${FORMS.join(', ')}`, 'yaml');

const HOST_PORT = /^[A-Za-z0-9.[\]:-]+:\d{1,5}$/;

function settingsOf({ actions }: Invocation, options: Options): InjectSettings {
  const controlPlane = text(options, 'controlPlane') ?? DEFAULT_SETTINGS.controlPlane;
  if (!HOST_PORT.test(controlPlane)) throw usageError(`--control-plane ${controlPlane}: write HOST:PORT, as pods reach it`);
  return {
    ...DEFAULT_SETTINGS,
    version: actions.version,
    revision: text(options, 'rev') ?? '',
    image: text(options, 'image') ?? `weft/proxy:${actions.version}`,
    controlPlane,
    ...readInterception(options),
    ...readNames(options),
  };
}

const DONE: Readonly<Record<Outcome['kind'], string>> = {
  injected: 'injected',
  left: 'left alone',
  refused: 'refused',
  stripped: 'without its proxy',
  unchanged: 'had no proxy',
};

function tell({ note }: Invocation, outcomes: readonly Outcome[]): void {
  for (const { what, namespace, kind, why, patch } of outcomes) {
    const done = kind === 'injected' && patch.length === 0 ? 'injected before' : DONE[kind];
    note(`${what} -n ${namespace}: ${done}${why === undefined ? '' : `: ${why}`}`);
  }
  if (outcomes.length === 0) note('there are no pods, and no templates of pods, in these manifests');
}

async function changed(invocation: Invocation, options: Options, change: (object: unknown) => readonly Outcome[]): Promise<ExitCode> {
  const form = readOutput(options['output'], FORMS, 'yaml');
  const manifests = await readManifests(invocation, filesOf(options));
  const outcomes = manifests.change(change);
  const diagnostics = [...manifests.diagnostics, ...outcomes.flatMap((outcome) => outcome.diagnostics)];
  tell(invocation, outcomes);
  if (hasErrors(diagnostics)) {
    tellRefused(invocation, diagnostics, 'nothing was written');
    return EXIT.badInput;
  }
  tellDiagnostics(invocation, diagnostics);
  invocation.io.out(manifests.text(form));
  return EXIT.ok;
}

export const inject: CommandModule = {
  declare(declared) {
    common(declared)
      .option('--image <image>', 'image of the proxy (default: weft/proxy of this version)')
      .option('--control-plane <host:port>', `where pods reach the control plane (default: ${DEFAULT_SETTINGS.controlPlane})`)
      .option('--interception <how>', 'who captures the traffic of the pods: init or cni, as in the cluster (default: init)')
      .option('--cluster-domain <domain>', 'in which names of the cluster’s Services end, as in the cluster (default: cluster.local)')
      .option('--names <which>', 'which names the proxies answer: services or mesh, as in the cluster (default: mesh)')
      .option('--rev <revision>', 'revision of the control plane, for the record on the pods');
  },
  run: (invocation, _args, options) => {
    const settings = settingsOf(invocation, options);
    return changed(invocation, options, (object) => injectObject(object, { settings, namespace: invocation.namespace }));
  },
};

export const uninject: CommandModule = {
  declare: (declared) => void common(declared),
  run: (invocation, _args, options) => changed(invocation, options, (object) => stripObject(object, invocation.namespace)),
};
