// weft mtls: who still speaks plaintext to whom, and what asking for mutual TLS everywhere would break.
import type { PeerView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { accountText } from '../../text/identity.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { readService, readSince } from '../../text/since.ts';
import { tableText } from '../../text/table.ts';
import { isPostQuantum, keyExchange } from '../../text/tls.ts';

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('report [flags]')
      .addArgument(declared.createArgument('<action>', 'what to do').choices(['report']))
      .option('--service <service>', 'only of this service: NAME or NAMESPACE/NAME')
      .option('--since <duration>', 'how far back', '24h')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const service = readService(options['service'], invocation.namespace);
    const since = readSince(String(options['since']), invocation.io.now());
    const answer = (await new Client(invocation).weft('records/peers', { since })) as { readonly items: readonly PeerView[] } | undefined;
    if (answer === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no records');
    const report = reportOf(answer.items.filter((peer) => service === undefined || peer.service === service));
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(report, form));
    else print(invocation, report, { since: String(options['since']), wide: form === 'wide' });
    return report.plaintext.length > 0 ? EXIT.findings : EXIT.ok;
  },
};

export interface MtlsReport {
  /** Connections that `Strict` would refuse. */
  readonly plaintext: readonly PeerView[];
  /** Handshakes that were refused already. */
  readonly refused: readonly PeerView[];
  readonly secured: readonly PeerView[];
}

/** What was seen, by how it was secured; what was seen last comes first. */
export function reportOf(peers: readonly PeerView[]): MtlsReport {
  const of = (security: PeerView['security']): readonly PeerView[] =>
    peers.filter((peer) => peer.security === security).toSorted((a, b) => (a.last < b.last ? 1 : -1));
  return { plaintext: of('plaintext'), refused: of('refused'), secured: of('mtls') };
}

const target = (peer: PeerView): string => `${peer.service || accountText(peer.destination)}:${peer.port}`;

/** Connections are counted as they end. */
const count = ({ connections }: PeerView): string => (connections === 0 ? 'open' : String(connections));

const many = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

function print(invocation: Invocation, { plaintext, refused, secured }: MtlsReport, { since, wide }: { readonly since: string; readonly wide: boolean }): void {
  const { io, flags, paint } = invocation;
  const now = io.now();
  if (plaintext.length > 0) {
    const rows = plaintext.map((peer) => [peer.address, target(peer), count(peer), `${ageSince(peer.last, now)} ago`, `${ageSince(peer.first, now)} ago`]);
    io.out(tableText(['plaintext from', 'to', 'connections', 'last seen', 'first seen'], rows, flags.headers));
    const services = [...new Set(plaintext.map(target))];
    io.out(
      `\n${paint('red', `× Strict would refuse ${plaintext.length === 1 ? 'this caller' : `these ${plaintext.length} callers`}`)} of ${services.join(', ')}\n`,
    );
    io.out('  next: bring them into the mesh (weft run), or keep those ports Permissive\n');
  } else if (secured.length > 0) {
    const callers = new Set(secured.map(({ source }) => source)).size;
    io.out(
      `${paint('green', '✔ Strict would break nothing that was seen')} in the last ${since}: ${many(callers, 'caller')} of ${many(new Set(secured.map(target)).size, 'port')}, all with mutual TLS\n`,
    );
  } else
    io.out(
      `No connection has been seen in the last ${since}, so nothing can be said yet.\n  a connection is told when it ends, or by one of its requests; look further back with --since 7d\n`,
    );
  printKeyExchange(invocation, secured);
  if (refused.length > 0) {
    const rows = refused.map((peer) => [
      peer.address,
      target(peer),
      String(peer.connections),
      `${ageSince(peer.last, now)} ago`,
      oneLine(peer.why).slice(0, 100),
    ]);
    io.out(`\n${tableText(['refused from', 'to', 'handshakes', 'last seen', 'why'], rows, flags.headers)}`);
  }
  if (wide && secured.length > 0) {
    const rows = secured.map((peer) => [accountText(peer.source), target(peer), count(peer), `${ageSince(peer.last, now)} ago`, oneLine(peer.tls ?? '')]);
    io.out(`\n${tableText(['mutual tls from', 'to', 'connections', 'last seen', 'tls'], rows, flags.headers)}`);
  }
}

/** How keys were exchanged: one line, and one for each caller that did it in a way that will not last. */
function printKeyExchange({ io, paint }: Invocation, secured: readonly PeerView[]): void {
  const known = secured.filter(({ tls }) => keyExchange(tls) !== '');
  const weak = known.filter(({ tls }) => !isPostQuantum(keyExchange(tls)));
  const groups = [...new Set(known.map(({ tls }) => keyExchange(tls)))].sort().join(', ');
  if (known.length === 0) return;
  if (weak.length === 0) io.out(`${paint('green', '✔ post-quantum key exchange')} with all of them: ${groups}\n`);
  else io.out(`‼ ${many(weak.length, 'pair')} of ${known.length} without post-quantum key exchange: what is recorded today may be read one day\n`);
  for (const peer of weak) io.out(`  ${accountText(peer.source)} → ${target(peer)}: ${oneLine(peer.tls ?? '')}\n`);
}
