// weft ca: the mesh's roots, and the change from one to another.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CaView, RotationRequest } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, type Options, repeated, text, texts } from '../../command.ts';
import { CommandError, EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { follow } from './follow.ts';
import { rehearsalText, viewText } from './view.ts';

const ACTIONS = ['show', 'rotate', 'pause', 'resume', 'undo'] as const;
type Action = (typeof ACTIONS)[number];

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('show|rotate|pause|resume|undo [flags]')
      .addArgument(declared.createArgument('[action]', 'what to do').choices(ACTIONS).default('show'))
      .option('--dry-run', 'rotate: say whom it would wait for, and how long, and change nothing')
      .option('--skip <namespace/name>', 'rotate, resume: a proxy not to wait for; may be given several times', repeated)
      .option('--force', 'rotate, resume: go on past everybody who is waited for now; they may fail')
      .option('--ca-cert <file>', 'rotate: to the root of another authority: a chain that ends with it, PEM')
      .option('--ca-key <file>', 'rotate: the key of the first certificate of that chain, PEM')
      .option('--no-wait', 'rotate, resume, undo: begin, and do not stay until it is done')
      .option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, [given], options) {
    const action = ACTIONS.find((each) => each === given) ?? 'show';
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    checkFlags(action, options);
    const client = new Client(invocation);
    const view = await ask(client, action, invocation, options);
    if (action === 'rotate' && options['dryRun'] === true) return tellRehearsal(invocation, view, form);
    const waits = options['wait'] !== false && ['rotate', 'resume', 'undo'].includes(action);
    const end = waits && view.rotation !== undefined ? await follow(invocation, () => ask(client, 'show', invocation, {}), view) : view;
    if (form !== 'text') invocation.io.out(await valueText(end, form));
    else if (!waits || end.rotation !== undefined) invocation.io.out(viewText(invocation, end, invocation.io.now()));
    else invocation.note(`✔ the root is ${short(end)}`);
    return EXIT.ok;
  },
};

/** A flag that an action has no use for is a mistake: it would be ignored in silence. */
function checkFlags(action: Action, options: Options): void {
  const uses: Readonly<Record<string, readonly Action[]>> = {
    dryRun: ['rotate'],
    skip: ['rotate', 'resume'],
    force: ['rotate', 'resume'],
    caCert: ['rotate'],
    caKey: ['rotate'],
  };
  for (const [name, actions] of Object.entries(uses)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (options[name] !== undefined && !actions.includes(action)) throw usageError(`--${flag} is for weft ca ${actions.join(' and ')}`);
  }
  if ((options['caCert'] === undefined) !== (options['caKey'] === undefined)) throw usageError('--ca-cert and --ca-key are given together');
}

async function ask(client: Client, action: Action, invocation: Invocation, options: Options): Promise<CaView> {
  const answer = action === 'show' ? await client.weft('ca') : await client.weft(`ca/${action}`, requestOf(invocation, options));
  if (answer === undefined) throw new CommandError(EXIT.failed, 'this control plane has no certificate authority that could be asked');
  return answer as CaView;
}

function requestOf({ io }: Invocation, options: Options): RotationRequest {
  const [chain, key] = [text(options, 'caCert'), text(options, 'caKey')];
  const skip = texts(options, 'skip');
  return {
    ...(options['dryRun'] === true ? { dryRun: true } : {}),
    ...(skip.length === 0 ? {} : { skip }),
    ...(options['force'] === true ? { force: true } : {}),
    ...(chain === undefined || key === undefined ? {} : { chainPem: readPem(io.cwd, chain), keyPem: readPem(io.cwd, key) }),
  };
}

function readPem(cwd: string, file: string): string {
  try {
    return readFileSync(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new CommandError(EXIT.badInput, `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

async function tellRehearsal(invocation: Invocation, view: CaView, form: 'text' | 'json' | 'yaml'): Promise<ExitCode> {
  invocation.io.out(form === 'text' ? rehearsalText(view, invocation.io.now()) : await valueText(view, form));
  const { away = [], blocked = [] } = view.rehearsal ?? {};
  return view.rotation !== undefined || away.length + blocked.length > 0 ? EXIT.failed : EXIT.ok;
}

const short = ({ roots }: CaView): string => roots.find(({ state }) => state === 'issuing')?.fingerprint.slice(0, 16) ?? '';
