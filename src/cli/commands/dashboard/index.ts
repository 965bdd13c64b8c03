// weft dashboard: a link that signs a browser in, once, as who asks here.
import { spawn } from 'node:child_process';
import { Client } from '../../client/client.ts';
import type { CommandModule } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import type { Io } from '../../io.ts';
import { readOutput, valueText } from '../../text/output.ts';

interface Link {
  readonly path: string;
  readonly expiresAt: string;
}

/** The program that opens a link for whoever sits at this machine; undefined where nobody sits, or none is known. */
function opener({ env, terminal }: Pick<Io, 'env' | 'terminal'>): string | undefined {
  if (!terminal || env['SSH_CONNECTION'] !== undefined) return undefined;
  if (process.platform === 'darwin') return 'open';
  const screen = env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '';
  return process.platform === 'linux' && screen !== '' ? 'xdg-open' : undefined;
}

/** Whether the program could be started; what it does then is between it and the user. */
function started(program: string, url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

export const command: CommandModule = {
  declare(declared) {
    declared.option('--print', 'only print the link').option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    const { path, expiresAt } = (await new Client(invocation).ask('POST', '/weft/v1/dashboard/links', {})) as Link;
    const url = `${(await invocation.session()).url}${path}`;
    invocation.io.out(form === 'text' ? `${url}\n` : await valueText({ url, expiresAt }, form));
    const program = form === 'text' && options['print'] !== true ? opener(invocation.io) : undefined;
    const opened = program !== undefined && (await started(program, url));
    invocation.note(`${opened ? 'opened in your browser; the link works' : 'open it in a browser; it works'} once, until ${expiresAt.slice(11, 16)} UTC`);
    return EXIT.ok;
  },
};
