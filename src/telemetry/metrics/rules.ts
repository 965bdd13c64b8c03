// What a namespace wants kept of its numbers (TelemetryPolicy `metrics`). What is left out was told by the proxy all the same: it is added up here.
import { type Labels, UNKNOWN } from './labels.ts';

export type LeftOut = 'route' | 'flags' | 'version' | 'principal' | 'workload';

export interface KeepRules {
  /** Nothing is kept, from now on until somebody says otherwise. */
  readonly disabled: boolean;
  readonly without: readonly LeftOut[];
  /** Series that the namespace may have. */
  readonly series: number;
}

const LEAVE_OUT: Readonly<Record<LeftOut, (labels: Labels) => Partial<Labels>>> = {
  route: () => ({ route: '' }),
  flags: ({ response_flags: flags }) => ({ response_flags: flags === '' ? '' : '-' }),
  version: (labels) => ({ source_canonical_revision: UNKNOWN, destination_canonical_revision: UNKNOWN, ...ofServices(labels) }),
  principal: () => ({ source_principal: UNKNOWN, destination_principal: UNKNOWN }),
  workload: (labels) => ofServices(labels),
};

/** A workload's name has its version in it. */
function ofServices({ source_canonical_service: source, destination_canonical_service: destination }: Labels): Partial<Labels> {
  return { source_workload: source, destination_workload: destination };
}

/** Labels without what is not to be told apart. */
export function leaveOut(labels: Labels, without: readonly LeftOut[]): Labels {
  return without.length === 0 ? labels : Object.assign({ ...labels }, ...without.map((each) => LEAVE_OUT[each](labels)));
}
