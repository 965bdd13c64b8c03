// Traffic: calls that fail, and calls that have become slow.
import type { ObjectView } from '../../api/index.ts';
import { formatDuration, type ServiceKey, selects, type WorkloadKey } from '../../model/index.ts';
import type { Call } from './calls.ts';
import type { Check, Facts, Found } from './check.ts';
import { type Failing, GRAVE_SHARE, type Slowed, type Trouble } from './trouble.ts';

export const TRAFFIC_WINDOW_MS = 300_000;

const percent = (share: number): string => `${share >= 0.1 ? Math.round(share * 100) : (share * 100).toFixed(1)} %`;

function objectOf({ destination: { called } }: Call): ObjectView {
  const [namespace = '', name = ''] = called.split('/');
  return name === '' ? { kind: 'Host', namespace: '', name: called } : { kind: 'Service', namespace, name };
}

const callerOf = ({ source }: Call): string => (source.workload === 'unknown' ? 'somebody outside' : `${source.namespace}/${source.workload}`);

const wayOf = (call: Call): string => `${callerOf(call)} → ${call.destination.called}${call.only === '' ? '' : ` ${call.only}`}`;

/** Proxies of a service that the control plane does not hear of: whoever asks why it fails asks that first. */
function silentOf({ proxies, mesh }: Pick<Facts, 'proxies' | 'mesh'>, service: string): string {
  const selector = mesh?.services.get(service as ServiceKey)?.selector;
  if (mesh === undefined || selector === undefined || Object.keys(selector).length === 0) return '';
  const own = proxies.filter(({ id, namespace }) => {
    const labels = mesh.workloads.get(id as WorkloadKey)?.labels;
    return labels !== undefined && namespace === service.split('/')[0] && selects(selector, labels);
  });
  const silent = own.filter(({ connected }) => !connected);
  return silent.length === 0 ? '' : `; ${silent.length} of its ${own.length} ${own.length === 1 ? 'proxy is' : 'proxies are'} not connected (${silent[0]?.id})`;
}

const told = ({ call, since, after, behind }: Trouble) => ({
  object: objectOf(call),
  which: `${callerOf(call)} ${call.only}`,
  since,
  ...(behind.length === 0 ? {} : { behind }),
  ...(after === undefined ? {} : { after }),
});

function failed(trouble: Failing, facts: Facts): Found {
  const { call, share, current } = trouble;
  const { requests, failures, destination } = call;
  const counts = `(${failures} of ${requests} calls in ${formatDuration(TRAFFIC_WINDOW_MS)})`;
  // a young outage is small among the calls of five minutes
  const now = current >= 2 * share ? `, ${percent(current)} since it began` : '';
  return {
    ...told(trouble),
    code: 'WEFT2382',
    severity: Math.max(share, current) >= GRAVE_SHARE ? 'error' : 'warning',
    words: `${wayOf(call)}: ${percent(share)} errors ${counts}${now}${silentOf(facts, destination.called)}`,
    next: `weft requests --service ${destination.called} --status 5xx`,
  };
}

const millis = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${ms >= 10 ? Math.round(ms) : ms.toFixed(1)} ms`);

function slow(trouble: Slowed): Found {
  const { call, nowMs, usualMs } = trouble;
  return {
    ...told(trouble),
    code: 'WEFT2495',
    words: `${wayOf(call)}: takes ${millis(nowMs)}, usually ${millis(usualMs)} (median)`,
    next: `weft traces --service ${call.destination.called} --min ${Math.max(1, Math.round(nowMs))}ms`,
  };
}

const NONE = 'no metrics are kept here';

export const callsSucceed: Check = {
  id: 'calls-succeed',
  section: 'traffic',
  words: 'calls between services succeed',
  look: (facts) => facts.troubles?.flatMap((each) => (each.kind === 'failing' ? [failed(each, facts)] : [])) ?? NONE,
};

export const callsFast: Check = {
  id: 'calls-fast',
  section: 'traffic',
  words: 'calls take no longer than they usually do',
  look: ({ troubles }) => troubles?.flatMap((each) => (each.kind === 'slow' ? [slow(each)] : [])) ?? NONE,
};
