// weft stat: how services are: success, rate, latency, connections.
import type { ServiceStatView, StatView } from '../../../api/index.ts';
import { askMetrics, METRICS_FORMS, type MetricsForm, metricsFlags, namespaceOf, noYamlInWatch } from '../../client/metrics.ts';
import { type CommandModule, type Invocation, type Options, words } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import { bytesText, msText, rateText, shareText } from '../../text/numbers.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { refresh } from '../../text/refresh.ts';
import { readService } from '../../text/since.ts';
import { type Cell, tableText } from '../../text/table.ts';

const HEADERS = ['service', 'success', 'rps', 'p50', 'p95', 'p99', 'tcp conn', 'mtls'] as const;
const WIDE = [...HEADERS, 'requests', '4xx', '5xx', 'no answer', 'by mesh', 'p90', 'in', 'out', 'protocol'] as const;

export const command: CommandModule = {
  declare(declared) {
    metricsFlags(declared.argument('[service...]', 'only these: NAME or NAMESPACE/NAME'));
  },

  async run(invocation, args, options) {
    const form = readOutput(options['output'], METRICS_FORMS, 'table');
    const watch = options['watch'] === true;
    noYamlInWatch(form, watch);
    const wanted = words(args[0]).map((name) => readService(name, invocation.namespace));
    const ask = async (): Promise<StatView> => {
      const view = await askMetrics<StatView>(invocation, 'stat', options);
      return wanted.length === 0 ? view : { ...view, items: view.items.filter(({ service }) => wanted.includes(service)) };
    };
    if (watch) return refresh(invocation, async () => (form === 'json' ? `${JSON.stringify(await ask())}\n` : textOf(invocation, await ask(), form)));
    const view = await ask();
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(view, form));
    else if (view.items.length === 0) tellNothing(invocation, options);
    else invocation.io.out(textOf(invocation, view, form));
    return EXIT.ok;
  },
};

function tellNothing(invocation: Invocation, options: Options): void {
  const where = namespaceOf(invocation, options);
  invocation.note(`No requests in the last ${String(options['since'])}${where === undefined ? '' : ` to services of namespace ${where}`}.`);
}

function textOf(invocation: Invocation, { items }: StatView, form: MetricsForm): string {
  const wide = form === 'wide';
  return tableText(
    wide ? WIDE : HEADERS,
    items.map((item) => row(invocation, item, wide)),
    invocation.flags.headers,
  );
}

const GOOD = 0.999;
const FAIR = 0.95;

/** A share of success in its colour; of nothing in none. */
export function successCell({ paint }: Invocation, share: number | null): Cell {
  return { text: shareText(share), paint: (text) => (share === null ? text : paint(share >= GOOD ? 'green' : share >= FAIR ? 'yellow' : 'red', text)) };
}

function row(invocation: Invocation, item: ServiceStatView, wide: boolean): readonly Cell[] {
  const cells: readonly Cell[] = [
    item.service,
    successCell(invocation, item.successRate),
    item.requests === 0 ? '-' : rateText(item.rps),
    msText(item.p50Ms),
    msText(item.p95Ms),
    msText(item.p99Ms),
    item.opened === 0 ? '-' : String(item.opened),
    item.secured === null ? '-' : shareText(item.secured),
  ];
  if (!wide) return cells;
  return [
    ...cells,
    ...[item.requests, item.codes['4xx'], item.codes['5xx'], item.codes.none, item.byMesh].map(String),
    msText(item.p90Ms),
    `${bytesText(item.receivedBytesPerSecond)}/s`,
    `${bytesText(item.sentBytesPerSecond)}/s`,
    item.protocols.join(',') || '-',
  ];
}
