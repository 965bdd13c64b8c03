import { openHttpClient } from '../../../wire/index.ts';
import { Client } from '../../client/client.ts';
import { joined, readDocumentsOf } from '../../client/files.ts';
import type { Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { errorCodes, hasErrors, tellDiagnostics } from '../../text/diagnostics.ts';

const NO_WORKLOAD = 'WEFT1309';

/** Documents of `-f`, through the API of the control plane that has just started. Throws CommandError 65 when any has an error. */
export async function applyFiles(invocation: Invocation, files: readonly string[], where: { readonly apiUrl: string; readonly token: string }): Promise<void> {
  if (files.length === 0) return;
  const read = await readDocumentsOf(invocation, files);
  if (hasErrors(read.diagnostics)) throw refusal(invocation, read.diagnostics);
  const session = async () => ({ url: where.apiUrl, http: openHttpClient({ url: where.apiUrl, token: where.token }), xds: undefined });
  const documents = read.documents.map(({ document }) => document);
  const answer = await new Client({ ...invocation, session }).apply(documents, { dryRun: false, namespace: invocation.namespace });
  const diagnostics = joined(read, answer.diagnostics);
  if (answer.refused) throw refusal(invocation, diagnostics);
  // that no workload is ready goes without saying in a moment in which none can be
  tellDiagnostics(
    invocation,
    diagnostics.filter(({ code }) => code !== NO_WORKLOAD),
  );
  const changed = answer.applied.filter(({ result }) => result !== 'unchanged').length;
  if (!invocation.flags.quiet) invocation.io.err(`✔ applied ${answer.applied.length} documents (${changed} new or changed)\n`);
}

function refusal(invocation: Invocation, diagnostics: Parameters<typeof errorCodes>[0]): CommandError {
  tellDiagnostics(invocation, diagnostics);
  return new CommandError(EXIT.badInput, `the documents were not applied, so nothing was started    docs: ${errorCodes(diagnostics)}`);
}
