import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Options, text } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';

/** Where metrics are asked. Throws CommandError for what is no address, and for a token that cannot be read. */
export function readPrometheus(cwd: string, options: Options): { readonly url: string; readonly token?: string } | undefined {
  const [url, file] = [text(options, 'prometheus'), text(options, 'prometheusTokenFile')];
  if (url === undefined) {
    if (file !== undefined) throw usageError('--prometheus-token-file is given with --prometheus');
    return undefined;
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw usageError(`--prometheus ${url}: write the address of the server, http://HOST:9090`);
  if (file === undefined) return { url };
  try {
    return { url, token: readFileSync(resolve(cwd, file), 'utf8').trim() };
  } catch (cause) {
    throw new CommandError(EXIT.badInput, `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
