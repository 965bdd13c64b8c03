// weft edges: who calls whom, how it goes, and how secured.
import type { EdgeEndView, EdgesView, EdgeView } from '../../../api/index.ts';
import { askMetrics, METRICS_FORMS, type MetricsForm, metricsFlags, namespaceOf, noYamlInWatch } from '../../client/metrics.ts';
import type { CommandModule, Invocation, Options } from '../../command.ts';
import { EXIT } from '../../exit.ts';
import { bytesText, msText, rateText } from '../../text/numbers.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { refresh } from '../../text/refresh.ts';
import { readService } from '../../text/since.ts';
import { type Cell, tableText } from '../../text/table.ts';
import { successCell } from '../stat/index.ts';

const HEADERS = ['from', 'to', 'service', 'secured', 'success', 'rps', 'p50', 'p99', 'tcp conn'] as const;
const WIDE = [...HEADERS, 'protocol', 'requests', 'in', 'out', 'caller', 'callee'] as const;

export const command: CommandModule = {
  declare(declared) {
    metricsFlags(declared)
      .option('--from <workload>', 'only of this caller: NAME or NAMESPACE/NAME, with or without its version')
      .option('--to <service>', 'only to this service: NAME or NAMESPACE/NAME');
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], METRICS_FORMS, 'table');
    const watch = options['watch'] === true;
    noYamlInWatch(form, watch);
    const [from, to] = [readService(options['from'], invocation.namespace), readService(options['to'], invocation.namespace)];
    const ask = async (): Promise<EdgesView> => {
      const view = await askMetrics<EdgesView>(invocation, 'edges', options);
      const asked = ({ source, destination }: EdgeView): boolean =>
        (from === undefined || nameOf(source) === from || `${source.namespace}/${source.service}` === from) && (to === undefined || destination.called === to);
      return { ...view, items: view.items.filter(asked) };
    };
    if (watch) return refresh(invocation, async () => (form === 'json' ? `${JSON.stringify(await ask())}\n` : textOf(invocation, await ask(), form)));
    const view = await ask();
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(view, form));
    else if (view.items.length === 0) tellNothing(invocation, options);
    else invocation.io.out(textOf(invocation, view, form));
    if (view.more > 0) invocation.note(`‼ ${view.more} more edges are not shown: name a namespace (-n)`);
    return EXIT.ok;
  },
};

function tellNothing(invocation: Invocation, options: Options): void {
  const where = namespaceOf(invocation, options);
  invocation.note(`No calls in the last ${String(options['since'])}${where === undefined ? '' : ` from or to namespace ${where}`}.`);
}

const nameOf = ({ namespace, workload }: EdgeEndView): string => (namespace === 'unknown' ? workload : `${namespace}/${workload}`);

function textOf(invocation: Invocation, { items }: EdgesView, form: MetricsForm): string {
  const wide = form === 'wide';
  return tableText(
    wide ? WIDE : HEADERS,
    items.map((item) => row(invocation, item, wide)),
    invocation.flags.headers,
  );
}

const SECURED = { mutual_tls: 'yes', none: 'no', unknown: '-' } as const;

function row(invocation: Invocation, edge: EdgeView, wide: boolean): readonly Cell[] {
  const { source, destination, security } = edge;
  const { paint } = invocation;
  const cells: readonly Cell[] = [
    nameOf(source),
    nameOf(destination),
    destination.called,
    { text: SECURED[security], paint: (text) => (security === 'none' ? paint('yellow', text) : text) },
    successCell(invocation, edge.successRate),
    edge.requests === 0 ? '-' : rateText(edge.rps),
    msText(edge.p50Ms),
    msText(edge.p99Ms),
    edge.opened === 0 ? '-' : String(edge.opened),
  ];
  if (!wide) return cells;
  const rest = [edge.protocol, String(edge.requests), `${bytesText(edge.receivedBytesPerSecond)}/s`, `${bytesText(edge.sentBytesPerSecond)}/s`];
  return [...cells, ...rest, source.principal, destination.principal];
}
