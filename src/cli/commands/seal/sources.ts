// The flags that name the key of a data folder's seal, for every command that opens one.
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SealSources } from '../../actions.ts';
import { type Invocation, type Options, text } from '../../command.ts';

export function sealFlags(declared: Command): Command {
  return declared
    .option(
      '--seal-key-file <file>',
      'key that opens the data folder (WEFT_SEAL_KEY_FILE, or the systemd credential weft.seal-key; default: one of your own, ~/.config/weft/keys)',
    )
    .option('--seal-passphrase-file <file>', 'file with a passphrase instead (WEFT_SEAL_PASSPHRASE_FILE, or the systemd credential weft.seal-passphrase)');
}

export function sealSources({ io }: Pick<Invocation, 'io'>, options: Options): SealSources {
  const path = (name: string): string | undefined => {
    const value = text(options, name);
    return value === undefined ? undefined : resolve(io.cwd, value);
  };
  return { keyFile: path('sealKeyFile'), passphraseFile: path('sealPassphraseFile'), env: io.env, home: homedir() };
}
