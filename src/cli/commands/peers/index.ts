// weft peers, weft bundle: other meshes, and what they need to know of this one.
import type { MeshPeerView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { TablePrinter } from '../../text/table.ts';

export const peers: CommandModule = {
  declare(declared) {
    declared.option('-o, --output <form>', 'table, json or yaml');
  },
  async run(invocation, _args, options) {
    const form = readOutput(options['output'], ['table', 'json', 'yaml'] as const, 'table');
    const { items } = (await new Client(invocation).weft('mesh-peers')) as { readonly items: readonly MeshPeerView[] };
    if (form !== 'table') invocation.io.out(await valueText({ items }, form));
    else if (items.length === 0) invocation.io.err('There are no peers.\n  name one: a MeshPeer document (docs/identity.md)\n');
    else {
      const rows = items.map(({ trustDomain, authorities, sequence, fetchedAt, url, problem }) => [
        trustDomain,
        authorities === 0 ? 'nobody yet' : `${authorities} authorities`,
        String(sequence ?? ''),
        fetchedAt ?? (url === '' ? 'as written' : 'never'),
        problem,
      ]);
      invocation.io.out(new TablePrinter(['TRUST DOMAIN', 'TRUSTED', 'SEQUENCE', 'FETCHED', 'PROBLEM'], invocation.flags.headers).print(rows));
    }
    return EXIT.ok;
  },
};

export const bundle: CommandModule = {
  declare() {},
  async run(invocation) {
    const found = await new Client(invocation).weft('bundle');
    if (found === undefined) throw new CommandError(EXIT.failed, 'this control plane is older than `weft bundle`');
    invocation.io.out(await valueText(found, 'json'));
    return EXIT.ok;
  },
};
