// weft seal: what keeps the secrets of a data folder unreadable without its key.
import { resolve } from 'node:path';
import type { SealReport } from '../../actions.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { dataDirectory, localControlPlane } from '../../whereabouts.ts';
import { sealFlags, sealSources } from './sources.ts';

export const command: CommandModule = {
  declare(declared) {
    sealFlags(declared)
      .usage('status|rekey|new-key [FILE] [flags]')
      .addArgument(declared.createArgument('<action>', 'what to do').choices(['status', 'rekey', 'new-key']))
      .argument('[file]', 'new-key: the file to make')
      .option('--open', 'status: see whether the key opens the folder, too')
      .option('--new-key-file <file>', 'rekey: the key file from now on (make one with new-key)')
      .option('--new-passphrase-file <file>', 'rekey: a file with the passphrase from now on')
      .option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, [action, file], options) {
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    if (action === 'new-key') return newKey(invocation, file);
    const directory = resolve(invocation.io.cwd, dataDirectory(invocation.io, invocation.flags.data));
    const report = action === 'status' ? await status(invocation, directory, options) : await rekey(invocation, directory, options);
    invocation.io.out(form === 'text' ? reportText(report) : await valueText(report, form));
    if (action === 'rekey') invocation.note('✔ everything is sealed anew; the key from before opens nothing of it. Backups from before still need it');
    return EXIT.ok;
  },
};

const status = ({ actions, io }: Invocation, directory: string, options: Options): Promise<SealReport> =>
  actions.seal.status(directory, sealSources({ io }, options), options['open'] === true);

async function rekey({ actions, io }: Invocation, directory: string, options: Options): Promise<SealReport> {
  const [keyFile, passphraseFile] = [text(options, 'newKeyFile'), text(options, 'newPassphraseFile')];
  const path = keyFile ?? passphraseFile;
  if (path === undefined || (keyFile !== undefined && passphraseFile !== undefined))
    throw usageError('with what is it to be sealed? name one: --new-key-file FILE (make one with weft seal new-key FILE) or --new-passphrase-file FILE');
  const running = localControlPlane(directory);
  if (running !== undefined)
    throw new CommandError(
      EXIT.failed,
      `the control plane of ${directory} runs (process ${running.pid}): stop it, change the key, start it again; proxies keep what they have meanwhile`,
    );
  return actions.seal.rekey(directory, sealSources({ io }, options), { kind: keyFile === undefined ? 'passphrase' : 'key-file', path: resolve(io.cwd, path) });
}

async function newKey({ actions, io, note }: Invocation, file: string | readonly string[] | undefined): Promise<typeof EXIT.ok> {
  if (typeof file !== 'string') throw usageError('which file? weft seal new-key FILE');
  const path = resolve(io.cwd, file);
  await actions.seal.newKey(path);
  io.out(`${path}\n`);
  note('keep a copy of it elsewhere: what it seals cannot be opened without it');
  return EXIT.ok;
}

function reportText({ directory, sealed, kind, keyCheck, keyFrom, install }: SealReport): string {
  if (!sealed) return `${directory} is not sealed: the next \`weft up\` seals it\n`;
  const rows = [
    ['data folder', directory],
    ['install', install],
    ['sealed with', kind === 'passphrase' ? 'a passphrase' : `key file ${keyCheck}`],
    ['key', keyFrom],
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(11)}   ${value}\n`).join('');
}
