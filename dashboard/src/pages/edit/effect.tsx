// What a document would do to proxies and services, as `weft diff -o wide` says it.
import type { ReactNode } from 'react';
import type { EffectView } from '../../../../src/api/index.ts';
import { changedLines } from './changed-lines.ts';

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;
const CLASSES = { '+': 'came', '-': 'went', '~': 'turned', ' ': '' } as const;
const MOST_NAMES = 5;
const MOST_RESOURCES = 12;

function headOf({ affected, examined, of }: EffectView['counts']): string {
  if (of === 0) return 'No proxy is there yet: it holds for those that come.';
  if (affected === 0) return 'No proxy gets anything else.';
  return `${affected} of ${of} ${of === 1 ? 'proxy gets' : 'proxies get'} something else${examined < of ? ` of the first ${examined} looked at` : ''}.`;
}

function Lines({
  lines,
  label,
}: {
  readonly lines: readonly { readonly sign: keyof typeof CLASSES; readonly text: string }[];
  readonly label: string;
}): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ul className="edit-lines mono" aria-label={label} tabIndex={0}>
      {lines.map(({ sign, text }, at) => (
        <li key={at} className={CLASSES[sign]}>
          {sign} {text}
        </li>
      ))}
    </ul>
  );
}

function Group({ proxies, resources }: EffectView['proxies'][number]): ReactNode {
  const names = proxies.length <= MOST_NAMES ? proxies.join(', ') : `${proxies.slice(0, MOST_NAMES).join(', ')} and ${proxies.length - MOST_NAMES} more`;
  const lines = resources.slice(0, MOST_RESOURCES).map(({ type, name, change }) => ({ sign: SIGNS[change], text: `${type} ${name}` }));
  return (
    <div>
      <p className="mono">{names}</p>
      <Lines label={`What ${names} get`} lines={lines} />
      {resources.length > MOST_RESOURCES ? <p className="faint">and {resources.length - MOST_RESOURCES} more</p> : null}
    </div>
  );
}

function Service({ service, consumer, before, after }: EffectView['services'][number]): ReactNode {
  const title = `${service}${consumer === '' ? '' : ` as namespace ${consumer} calls it`}`;
  return (
    <div>
      <h3>{title}</h3>
      <Lines label={`What changes for ${title}`} lines={changedLines(before, after).filter(({ sign }) => sign !== ' ')} />
    </div>
  );
}

/** Which proxies get something else, and what calls to services would do otherwise. */
export function Effect({ effect }: { readonly effect: EffectView }): ReactNode {
  return (
    <div className="edit-effect">
      <p>{headOf(effect.counts)}</p>
      {effect.services.map((each) => (
        <Service key={`${each.service} ${each.consumer}`} {...each} />
      ))}
      {effect.proxies.length === 0 ? null : (
        <details>
          <summary>What proxies get</summary>
          {effect.proxies.map((group) => (
            <Group key={group.proxies.join()} {...group} />
          ))}
        </details>
      )}
    </div>
  );
}
