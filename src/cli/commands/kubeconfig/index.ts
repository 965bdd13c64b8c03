// weft kubeconfig: the file with which kubectl reaches the control plane; the control plane keeps it up to date.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { dataDirectory, localControlPlane } from '../../whereabouts.ts';

export const command: CommandModule = {
  declare() {},

  async run({ io, flags, note }) {
    const directory = resolve(io.cwd, dataDirectory(io, flags.data));
    const file = join(localControlPlane(directory)?.credentials ?? directory, 'kubeconfig');
    if (!existsSync(file)) throw new CommandError(EXIT.unreachable, `there is no ${file}: no control plane runs on ${directory}\n  start one: weft up`);
    io.out(`${file}\n`);
    if (io.terminal) note(`for kubectl: export KUBECONFIG=${file}`);
    return EXIT.ok;
  },
};
