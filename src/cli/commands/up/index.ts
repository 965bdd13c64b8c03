// weft up: the control plane in the foreground.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseHostPort } from '../../../machine/index.ts';
import { openHttpClient } from '../../../wire/index.ts';
import { Client } from '../../client/client.ts';
import { collect, joined, readDocumentsOf } from '../../client/files.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { errorCodes, hasErrors, tellDiagnostics } from '../../text/diagnostics.ts';
import { dataDirectory } from '../../whereabouts.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('--api <host:port>', 'where the management API listens', '127.0.0.1:7400')
      .option('--xds <host:port>', 'where proxies and machines connect', '127.0.0.1:7401')
      .option('--trust-domain <name>', 'of a new mesh (default example.mesh); it never changes afterwards')
      .option('-f, --filename <path>', 'documents to apply at start: file, folder or -; may be given several times', collect)
      .addOption(declared.createOption('--log-level <level>', 'what is logged, as JSON lines on standard error').choices(LEVELS).default('warn'));
  },

  async run(invocation, _args, options) {
    const { io, flags, actions } = invocation;
    const directory = resolve(io.cwd, dataDirectory(io, flags.data));
    const { trustDomain, filename } = options;
    return actions.up({
      directory,
      api: parseHostPort(String(options['api']), 7400),
      xds: parseHostPort(String(options['xds']), 7401),
      ...(typeof trustDomain === 'string' ? { trustDomain } : {}),
      logLevel: String(options['logLevel']),
      prepare: ({ apiUrl }) => applyFiles(invocation, Array.isArray(filename) ? (filename as readonly string[]) : [], { apiUrl, directory }),
      tell: (line) => flags.quiet || io.err(`${line}\n`),
    });
  },
};

/** Documents of `-f`, through the API of the control plane that has just started. Throws CommandError 65 when any has an error. */
async function applyFiles(invocation: Invocation, files: readonly string[], where: { readonly apiUrl: string; readonly directory: string }): Promise<void> {
  if (files.length === 0) return;
  const read = await readDocumentsOf(invocation, files);
  if (hasErrors(read.diagnostics)) throw refusal(invocation, read.diagnostics);
  const token = readFileSync(join(where.directory, 'admin.token'), 'utf8').trim();
  const session = async () => ({ url: where.apiUrl, http: openHttpClient({ url: where.apiUrl, token }), xds: undefined });
  const documents = read.documents.map(({ document }) => document);
  const answer = await new Client({ ...invocation, session }).apply(documents, { dryRun: false, namespace: invocation.namespace });
  const diagnostics = joined(read, answer.diagnostics);
  if (answer.refused) throw refusal(invocation, diagnostics);
  tellDiagnostics(invocation, diagnostics);
  const changed = answer.applied.filter(({ result }) => result !== 'unchanged').length;
  if (!invocation.flags.quiet) invocation.io.err(`✔ applied ${answer.applied.length} documents (${changed} new or changed)\n`);
}

function refusal(invocation: Invocation, diagnostics: Parameters<typeof errorCodes>[0]): CommandError {
  tellDiagnostics(invocation, diagnostics);
  return new CommandError(EXIT.badInput, `the documents were not applied, so nothing was started    docs: ${errorCodes(diagnostics)}`);
}
