// weft dev: a whole mesh on one machine, out of one file.
import { dirname, resolve } from 'node:path';
import { WeftError } from '../../../base/index.ts';
import { devMesh } from '../../../machine/index.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { colourful } from '../../frame/paint.ts';
import { readFile } from './read-file.ts';

const PROBE_MS = 2000;

export const command: CommandModule = {
  declare(declared) {
    declared.option('-f, --filename <path>', 'the file that says what runs', 'weft.yaml');
  },

  async run(invocation, _args, options) {
    const { io, flags, actions } = invocation;
    const path = resolve(io.cwd, String(options['filename']));
    const file = await readFile(path, String(options['filename']));
    return devMesh({
      file,
      folder: dirname(path),
      weft: actions.weft,
      startControlPlane: !(await answers(invocation)),
      env: environment(invocation),
      colour: colourful(io, flags.color),
      tell: (line) => io.err(`${line}\n`),
    });
  },
};

/** Whether a control plane is there already. One that was named and does not answer is a failure, not a reason to start another. */
async function answers(invocation: Invocation): Promise<boolean> {
  const named = (invocation.flags.server ?? invocation.io.env['WEFT_SERVER'] ?? '') !== '';
  try {
    const { http } = await invocation.session();
    await http.json({ path: '/weft/v1/status', deadlineMs: PROBE_MS });
    return true;
  } catch (error) {
    const away = (error instanceof CommandError && error.code === EXIT.unreachable) || (error instanceof WeftError && error.code === 'unreachable');
    if (named || !away) throw error;
    return false;
  }
}

/** What this command was told is told to those it starts. */
function environment({ io, flags, namespace }: Invocation): Readonly<Record<string, string | undefined>> {
  const told = {
    ...(flags.data === undefined ? {} : { WEFT_DATA: resolve(io.cwd, flags.data) }),
    ...(flags.server === undefined ? {} : { WEFT_SERVER: flags.server }),
    ...(flags.tokenFile === undefined ? {} : { WEFT_TOKEN_FILE: resolve(io.cwd, flags.tokenFile) }),
  };
  return { ...io.env, ...told, WEFT_NAMESPACE: namespace };
}
