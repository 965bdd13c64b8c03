import type { EffectView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { unifiedDiff } from '../../text/diff.ts';

const SIGN = { added: '+', changed: '~', removed: '-' } as const;
const STYLE = { added: 'green', changed: 'yellow', removed: 'red' } as const;
const MOST_NAMES = 5;
const MOST_RESOURCES = 12;

/** What proxies would get, and, in wide, what services would do otherwise. */
export function effectText(invocation: Pick<Invocation, 'paint'>, { proxies, counts, services }: EffectView, wide: boolean): string {
  const { affected, examined, of } = counts;
  const rest = examined < of ? ` of the first ${examined} looked at` : '';
  const head = of === 0 ? '' : affected === 0 ? 'no proxy gets anything else\n' : `${affected} of ${of} proxies get something else${rest}\n`;
  const groups = proxies.map((group) => groupText(invocation, group, wide));
  return [head, ...groups, ...(wide ? services.map((service) => serviceText(invocation, service)) : [])].join('');
}

type Group = EffectView['proxies'][number];

function groupText({ paint }: Pick<Invocation, 'paint'>, { proxies, resources }: Group, wide: boolean): string {
  const names =
    wide || proxies.length <= MOST_NAMES ? proxies.join(', ') : `${proxies.slice(0, MOST_NAMES).join(', ')} and ${proxies.length - MOST_NAMES} more`;
  const shown = wide ? resources : resources.slice(0, MOST_RESOURCES);
  const lines = shown.map(({ type, name, change }) => `    ${paint(STYLE[change], `${SIGN[change]} ${type} ${name}`)}\n`);
  const more = resources.length > shown.length ? `    and ${resources.length - shown.length} more: see -o wide\n` : '';
  return [`  ${names}\n`, ...lines, more].join('');
}

function serviceText({ paint }: Pick<Invocation, 'paint'>, { service, consumer, before, after }: EffectView['services'][number]): string {
  const name = `service ${service}${consumer === '' ? '' : ` as namespace ${consumer} calls it`}`;
  const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  return unifiedDiff({ before: { label: `now     ${name}`, text: textOf(before) }, after: { label: `applied ${name}`, text: textOf(after) }, paint });
}
