// weft slo: what is wanted of services, and how much of the budget is left.
import type { BurnView, ObjectivesView, ObjectiveView } from '../../../api/index.ts';
import { roughDuration } from '../../../model/index.ts';
import { Client } from '../../client/client.ts';
import { METRICS_FORMS, namespaceOf } from '../../client/metrics.ts';
import { type CommandModule, type Invocation, words } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { msText } from '../../text/numbers.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { readService } from '../../text/since.ts';
import { type Cell, tableText } from '../../text/table.ts';

const HEADERS = ['service', 'wanted', 'reached', 'budget left', '5m', '1h', '6h', 'lasts'] as const;
const WIDE = [...HEADERS, '30m', '3d', 'requests', 'bad', 'window', 'said by'] as const;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** More than what the budget is for: somebody should look. */
const FAST = 6;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[service...]', 'only these: NAME or NAMESPACE/NAME')
      .option('-A, --all-namespaces', 'of all namespaces (so it is unless -n is given)')
      .option('-o, --output <form>', `one of ${METRICS_FORMS.join(', ')}`);
  },

  async run(invocation, args, options) {
    const form = readOutput(options['output'], METRICS_FORMS, 'table');
    const wanted = words(args[0]).map((name) => readService(name, invocation.namespace));
    const namespace = namespaceOf(invocation, options);
    const one = wanted.length === 1 ? `?service=${encodeURIComponent(wanted[0] ?? '')}` : namespace === undefined ? '' : `?namespace=${namespace}`;
    const found = (await new Client(invocation).weft(`objectives${one}`)) as ObjectivesView | undefined;
    if (found === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no metrics');
    const items = wanted.length === 0 ? found.items : found.items.filter(({ service }) => wanted.includes(service));
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText({ items }, form));
    else if (items.length === 0) invocation.note('Nothing is wanted here: an ObjectivePolicy says what. weft docs ObjectivePolicy');
    else
      invocation.io.out(
        tableText(
          form === 'wide' ? WIDE : HEADERS,
          items.map((item) => row(invocation, item, form === 'wide')),
          invocation.flags.headers,
        ),
      );
    return EXIT.ok;
  },
};

function burnCell({ paint }: Invocation, burn: BurnView | undefined): Cell {
  if (burn === undefined || burn.requests === 0) return '-';
  const { rate } = burn;
  return {
    text: `${rate >= 10 ? Math.round(rate) : Number(rate.toFixed(1))}x`,
    paint: (text) => (rate <= 1 ? text : paint(rate >= FAST ? 'red' : 'yellow', text)),
  };
}

function row(invocation: Invocation, item: ObjectiveView, wide: boolean): readonly Cell[] {
  const { service, aim, percent, belowMs, reached, budgetLeft, burn, lastsMs, at } = item;
  const over = (ms: number): Cell =>
    burnCell(
      invocation,
      burn.find(({ overMs }) => overMs === ms),
    );
  const lasts = budgetLeft <= 0 ? 'gone' : lastsMs === undefined ? '-' : roughDuration(lastsMs);
  const left: Cell = {
    text: reached === null ? '-' : `${Math.round(budgetLeft * 1000) / 10}%`,
    paint: (text) => (reached === null ? text : invocation.paint(budgetLeft <= 0 ? 'red' : budgetLeft < 0.25 ? 'yellow' : 'green', text)),
  };
  const cells: readonly Cell[] = [
    service,
    aim === 'availability' ? `${percent}% succeed` : `${percent}% < ${msText(belowMs ?? null)}`,
    reached === null ? '-' : `${Math.floor(reached * 1000) / 1000}%`,
    left,
    over(5 * MINUTE_MS),
    over(HOUR_MS),
    over(6 * HOUR_MS),
    lasts,
  ];
  if (!wide) return cells;
  return [
    ...cells,
    over(30 * MINUTE_MS),
    over(3 * DAY_MS),
    String(item.requests),
    String(item.bad),
    `${item.windowMs / DAY_MS}d`,
    `${at.kind} ${at.namespace}/${at.name}`,
  ];
}
