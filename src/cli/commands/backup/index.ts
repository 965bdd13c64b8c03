// weft backup, weft restore: the control plane in one file, and a data folder out of it.
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client } from '../../client/client.ts';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { dataDirectory, localControlPlane } from '../../whereabouts.ts';
import { sealFlags, sealSources } from '../seal/sources.ts';

export const backup: CommandModule = {
  declare(declared) {
    declared.argument('<file>', 'the file to write, readable by you alone; - is standard output');
  },

  async run(invocation, [name]) {
    const { io, note } = invocation;
    const client = new Client(invocation);
    if (name === '-') {
      for await (const line of client.backup()) io.out(`${JSON.stringify(line)}\n`);
      return EXIT.ok;
    }
    const file = resolve(io.cwd, String(name));
    const part = `${file}.part`;
    rmSync(part, { force: true });
    const out = openSync(part, 'wx', 0o600);
    try {
      for await (const line of client.backup()) writeSync(out, `${JSON.stringify(line)}\n`);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    } finally {
      closeSync(out);
    }
    renameSync(part, file);
    note(`✔ ${file}   it opens with the key of the seal only: keep a copy of that elsewhere (weft seal status)`);
    return EXIT.ok;
  },
};

const FORMS = ['text', 'json', 'yaml'] as const;

export const restore: CommandModule = {
  declare(declared) {
    sealFlags(declared)
      .argument('<file>', 'what weft backup wrote')
      .option('--replace', 'set a data folder that is there aside; its bans are kept')
      .option('-o, --output <form>', 'json or yaml');
  },

  async run({ io, flags, actions, note }, [name], options) {
    const form = readOutput(options['output'], FORMS, 'text');
    const directory = resolve(io.cwd, dataDirectory(io, flags.data));
    const running = localControlPlane(directory);
    if (running !== undefined) throw new CommandError(EXIT.failed, `the control plane of ${directory} runs (process ${running.pid}): stop it first`);
    const lines = readLines(resolve(io.cwd, String(name)));
    const report = await actions.restore({ directory, lines, seal: sealSources({ io }, options), replace: options['replace'] === true });
    if (form !== 'text') {
      io.out(await valueText(report, form));
      return EXIT.ok;
    }
    const { at, documents, revision, tokens, bans, before, unread } = report;
    io.out(`✔ ${directory} is as it was at ${at}: ${documents} documents, revision ${revision}, ${bans} bans\n`);
    note('  join tokens from before are refused; machines that joined stay');
    if (tokens > 0) note(`  ${tokens} tokens of users are no good any more, since nobody knows which were revoked: weft token create --user NAME`);
    if (unread !== undefined) note(`‼ the bans of the folder that was there could not be read (${unread}): ban again who is to stay out`);
    if (before !== undefined) note(`  what was there is in ${before}`);
    return EXIT.ok;
  },
};

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (cause) {
    throw usageError(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
