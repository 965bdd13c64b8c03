// weft kubeconfig: the file with which kubectl reaches the control plane; the control plane keeps it up to date.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { dataDirectory } from '../../whereabouts.ts';

export const command: CommandModule = {
  declare() {},

  async run({ io, flags, note }) {
    const file = join(resolve(io.cwd, dataDirectory(io, flags.data)), 'kubeconfig');
    if (!existsSync(file)) throw new CommandError(EXIT.unreachable, `there is no ${file}: no control plane has run there yet\n  start one: weft up`);
    io.out(`${file}\n`);
    if (io.terminal) note(`for kubectl: export KUBECONFIG=${file}`);
    return EXIT.ok;
  },
};
