// weft status: how the control plane and its proxies are, on one screen.
import { X509Certificate } from 'node:crypto';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import type { ControlPlaneStatus } from './view.ts';

export const command: CommandModule = {
  declare(declared) {
    declared.option('-o, --output <form>', 'json or yaml');
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], ['text', 'json', 'yaml'] as const, 'text');
    const status = (await new Client(invocation).weft('status')) as ControlPlaneStatus | undefined;
    const { url } = await invocation.session();
    if (status === undefined) throw new CommandError(EXIT.unreachable, `${url} is no control plane of Weft`);
    invocation.io.out(form === 'text' ? statusText(invocation, url, status) : await valueText({ url, ...status }, form));
    return EXIT.ok;
  },
};

function statusText({ paint, flags, io }: Invocation, url: string, status: ControlPlaneStatus): string {
  const rows: readonly (readonly [string, string])[] = [
    ['control plane', `${url}   weft ${status.version}`],
    ["proxies' port", status.xdsAddress],
    ['trust domain', `${status.trustDomain}   ${rootWords(status, io.now())}`],
    ['documents', `${documentWords(status.documents)}   (revision ${status.revision})`],
    ['proxies', proxyWords(paint, status.proxies)],
    ...(flags.verbose ? Object.entries(status.counters ?? {}).map(([name, value]): readonly [string, string] => [name, String(value)]) : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${paint('bold', name.padEnd(width))}   ${value}\n`).join('');
}

const NOT_ALL = 'not shown: you may not read all namespaces';

function documentWords(documents: ControlPlaneStatus['documents']): string {
  if (documents === undefined) return NOT_ALL;
  const kinds = Object.entries(documents).map(([kind, count]) => `${kind} ${count}`);
  const count = Object.values(documents).reduce((sum, each) => sum + each, 0);
  return `${count}${kinds.length === 0 ? '' : `   ${kinds.join(', ')}`}`;
}

function proxyWords(paint: Invocation['paint'], proxies: ControlPlaneStatus['proxies']): string {
  if (proxies === undefined) return NOT_ALL;
  const { total, connected, inSync, refused } = proxies;
  const waiting = connected - inSync - refused;
  return [
    total === 0 ? 'none yet' : `${connected} of ${total} connected`,
    ...(inSync > 0 ? [paint('green', `${inSync} in sync`)] : []),
    ...(waiting > 0 ? [paint('yellow', `${waiting} pending`)] : []),
    ...(refused > 0 ? [paint('red', `${refused} refusing configuration → weft proxies`)] : []),
  ].join('   ');
}

function rootWords({ rootPem, rootFingerprint }: ControlPlaneStatus, now: number): string {
  const days = Math.floor((new X509Certificate(rootPem).validToDate.getTime() - now) / 86_400_000);
  return `root ${rootFingerprint.slice(0, 16)}… valid ${days} days`;
}
