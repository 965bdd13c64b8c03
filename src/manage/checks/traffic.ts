// Traffic: calls that fail.
import { formatDuration } from '../../model/index.ts';
import type { Check, Found } from './check.ts';
import { GRAVE_SHARE, type Trouble } from './trouble.ts';

export const TRAFFIC_WINDOW_MS = 300_000;

const percent = (share: number): string => `${share >= 0.1 ? Math.round(share * 100) : (share * 100).toFixed(1)} %`;

function found({ edge, share, current, since, after }: Trouble): Found {
  const { source, destination, requests, failures } = edge;
  const [namespace = '', name = ''] = destination.called.split('/');
  const caller = source.workload === 'unknown' ? 'somebody outside' : `${source.namespace}/${source.workload}`;
  return {
    code: 'WEFT2382',
    severity: Math.max(share, current) >= GRAVE_SHARE ? 'error' : 'warning',
    object: name === '' ? { kind: 'Host', namespace: '', name: destination.called } : { kind: 'Service', namespace, name },
    which: `${caller} ${destination.version}`,
    words: `${caller} → ${destination.called}: ${percent(share)} errors (${failures} of ${requests} calls in ${formatDuration(TRAFFIC_WINDOW_MS)})`,
    since,
    ...(after === undefined ? {} : { after }),
    next: `weft requests --service ${destination.called} --status 5xx`,
  };
}

export const callsSucceed: Check = {
  id: 'calls-succeed',
  section: 'traffic',
  words: 'calls between services succeed',
  look: ({ troubles }) => (troubles === undefined ? 'no metrics are kept here' : troubles.map(found)),
};
