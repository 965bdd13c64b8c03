// weft changes: who changed which document when, and from what to what.
import type { ChangesView, ChangeView, PushView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { kindOfWord } from '../../client/kinds.ts';
import { type CommandModule, text } from '../../command.ts';
import { EXIT, usageError } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { durationText } from '../../text/duration.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { readSince } from '../../text/since.ts';
import { tableText } from '../../text/table.ts';

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;
const HEADERS = ['revision', 'when', 'who', 'what', 'change', 'reached'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[type]', 'of this type alone')
      .argument('[name]', 'of this document alone')
      .option('--since <duration>', 'how far back', '24h')
      .option('--limit <count>', 'how many, at most 500', '50')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [type, name], options) {
    const { io, flags } = invocation;
    const form = readOutput(options['output'], FORMS, 'table');
    const limit = text(options, 'limit') ?? '';
    if (!/^[1-9]\d{0,2}$/.test(limit)) throw usageError(`--limit ${limit}: write a number up to 500`);
    const kind = typeof type === 'string' ? kindOfWord(type) : undefined;
    const query = new URLSearchParams({
      since: String(readSince(String(options['since']), io.now())),
      limit,
      ...(typeof name === 'string' ? { name } : {}),
      ...(kind === undefined ? {} : { kind: kind.kind }),
      ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    });
    const view = (await new Client(invocation).ask('GET', `/weft/v1/changes?${query}`)) as ChangesView;
    const items = view.items.filter(({ what }) => kind === undefined || what.group === kind.group);
    if (form === 'json' || form === 'yaml') io.out(await valueText({ items, more: view.more }, form));
    else if (items.length === 0) io.err(`No changes in the last ${String(options['since'])}.\n`);
    else io.out(tableText(form === 'wide' ? [...HEADERS, 'trace'] : HEADERS, items.map(rowOf(io.now(), form === 'wide')), flags.headers));
    return EXIT.ok;
  },
};

/** How many proxies have it, and how long that took; `-` where it is not known. */
function reached(push: PushView | undefined): string {
  if (push === undefined) return '-';
  const { proxies, followed, acknowledged, refused, unanswered, tookMs } = push;
  if (proxies === 0) return 'no proxy needs it';
  const counted = acknowledged === followed ? `${proxies} ${proxies === 1 ? 'proxy' : 'proxies'}` : `${acknowledged} of ${followed} proxies`;
  const not = [refused === 0 ? '' : `${refused} refused`, unanswered === 0 ? '' : `${unanswered} silent`].filter((each) => each !== '');
  return `${counted} in ${durationText(tookMs * 1000)}${not.length === 0 ? '' : `, ${not.join(', ')}`}`;
}

const rowOf =
  (now: number, wide: boolean) =>
  ({ revision, at, who, what, summary, push }: ChangeView): readonly string[] => [
    String(revision),
    `${ageSince(at, now)} ago`,
    oneLine(who),
    `${what.kind} ${what.namespace === '' ? '' : `${what.namespace}/`}${what.name}`,
    oneLine(summary),
    reached(push),
    ...(wide ? [push?.trace || '-'] : []),
  ];
