import type { Effective } from '../effective.ts';
import type { PolicyWords } from '../policy.ts';
import { endOf } from './ending.ts';
import type { Fault } from './schema.ts';

const share = (percent: number | undefined): string => (percent === undefined || percent === 100 ? '' : ` for ${percent} %`);

function faultWords({ delay, abort, bandwidth }: Fault): string {
  return [
    ...(delay === undefined ? [] : [`delay ${delay.fixed}${share(delay.percent)}`]),
    ...(abort === undefined ? [] : [`abort ${abort.status ?? `grpc ${abort.grpcStatus}`}${share(abort.percent)}`]),
    ...(bandwidth === undefined ? [] : [`${bandwidth.kibPerSecond} KiB/s${share(bandwidth.percent)}`]),
  ].join(' and ');
}

/** `abort 503 for 10 %`, until when, and for whom. */
export function wordsOfFaults({ policies }: Effective): PolicyWords | undefined {
  const policy = policies.at(-1);
  if (policy === undefined) return undefined;
  const faults = policy.spec['faults'] as readonly Fault[];
  const some = faults.some(({ from, match }) => from !== undefined || match !== undefined);
  const end = endOf(policy);
  const note = `${end === undefined ? 'never: it has no beginning' : `until ${end}`}${some ? ', for some requests' : ''}`;
  return { value: faults.map(faultWords).join('; '), path: 'faults', note };
}
