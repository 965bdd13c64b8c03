// get -w: what there is, then every change, until ^C.
import type { Document } from '../../../model/index.ts';
import type { Client, ServerTable, WatchEvent } from '../../client/client.ts';
import { reference, type Target } from '../../client/kinds.ts';
import { missingText } from '../../client/missing.ts';
import type { Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { shownDocument } from '../../text/document.ts';
import { type Output, valueText } from '../../text/output.ts';
import { TablePrinter } from '../../text/table.ts';
import { headersOf, type RowOptions, rowsOf } from './rows.ts';

export interface FollowOptions {
  readonly target: Target;
  readonly namespace: string | undefined;
  readonly labels: string | undefined;
  readonly output: Output;
  readonly headers: boolean;
  readonly secrets: boolean;
}

/** Throws CommandError when the document that was named is not there, or the control plane ends. */
export async function follow(invocation: Invocation, client: Client, options: FollowOptions): Promise<ExitCode> {
  const { target, namespace, output } = options;
  const name = target.names[0]?.name;
  const where = { kind: target.kind, namespace: target.names[0]?.namespace ?? namespace, labels: options.labels };
  const asTable = output === 'table' || output === 'wide';
  const print = asTable ? tablePrinter(invocation, options) : objectPrinter(invocation, options);
  // The list's revision is where the watch begins: nothing falls between them. Of one document too, whose own revision is older.
  const { metadata } = await client.list(where);
  const first = asTable ? await client.table(where, name) : name === undefined ? await client.list(where) : await client.get(where, name);
  if (first === undefined) throw new CommandError(EXIT.failed, await missingText(client, target.kind, where.namespace ?? '', name ?? ''));
  await print(first);
  for await (const event of client.watch(where, revisionOf(first) ?? metadata.resourceVersion, { name, table: asTable })) {
    if (event.type === 'ERROR') throw new CommandError(EXIT.failed, `the watch ended: ${messageOf(event)}\n  run the same command again`);
    if (event.type !== 'BOOKMARK') await print(event.object);
  }
  if (invocation.io.signal.aborted) return EXIT.interrupted;
  throw new CommandError(EXIT.unreachable, 'the control plane ended the watch\n  run the same command again');
}

function revisionOf(value: unknown): string | undefined {
  const { kind, metadata } = value as { readonly kind?: string; readonly metadata?: { readonly resourceVersion?: string } };
  return kind?.endsWith('List') === true || kind === 'Table' ? metadata?.resourceVersion : undefined;
}

function messageOf({ object }: WatchEvent): string {
  const message = (object as { readonly message?: unknown }).message;
  return typeof message === 'string' ? message : 'no reason was given';
}

type Print = (value: unknown) => Promise<void>;

function tablePrinter({ io }: Invocation, { target, namespace, output, headers }: FollowOptions): Print {
  const options: RowOptions = { wide: output === 'wide', namespaces: target.kind.namespaced && namespace === undefined, typed: false };
  let printer: TablePrinter | undefined;
  return async (value) => {
    const table = value as ServerTable;
    const rows = rowsOf(table, target, options);
    if (rows.length === 0) return;
    printer ??= new TablePrinter(headersOf(table, options), headers);
    io.out(printer.print(rows));
  };
}

/** Streamed JSON is one object on each line; YAML one document after another. */
function objectPrinter({ io }: Invocation, { target, output, secrets }: FollowOptions): Print {
  return async (value) => {
    const list = value as { readonly items?: readonly Document[] };
    for (const document of list.items ?? [value as Document]) {
      if (output === 'name') io.out(`${reference(target.kind, '', document.metadata.name)}\n`);
      else if (output === 'json') io.out(`${JSON.stringify(shownDocument(document, secrets))}\n`);
      else io.out(`---\n${await valueText(shownDocument(document, secrets), 'yaml')}`);
    }
  };
}
