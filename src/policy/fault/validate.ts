import type { Checked, Report } from '../../model/index.ts';
import { reportCallers } from '../elsewhere.ts';
import type { Fault, FaultSpec } from './schema.ts';

/** It must end, and each fault must be one. */
export function checkFaults({ spec }: Checked<FaultSpec>, report: Report): void {
  if (spec.targetRefs.length === 0 && !('selector' in spec))
    report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  if (spec.until === undefined && spec.for === undefined) report('WEFT1821', 'spec', 'nothing says when the fault ends');
  if (spec.until !== undefined && spec.for !== undefined) report('WEFT1207', 'spec.for', 'until and for both say when it ends', 'leave one of both');
  const forSome = spec.faults.flatMap(({ from }, at) => (from === undefined ? [] : [`spec.faults[${at}].from`]));
  reportCallers(spec, forSome, report);
  for (const [at, fault] of spec.faults.entries()) checkFault(fault, `spec.faults[${at}]`, report);
  const everything = spec.faults.findIndex(({ from, match }) => from === undefined && match === undefined);
  if (everything >= 0 && everything < spec.faults.length - 1)
    report('WEFT1404', `spec.faults[${everything + 1}]`, `faults[${everything}] takes every request before it`, 'put the one without from and match last');
}

function checkFault({ delay, abort, bandwidth }: Fault, path: string, report: Report): void {
  if (delay === undefined && abort === undefined && bandwidth === undefined) report('WEFT1206', path, 'a fault is a delay, an abort or a bandwidth');
  if (abort === undefined) return;
  if (abort.status === undefined && abort.grpcStatus === undefined) report('WEFT1206', `${path}.abort`, 'an abort needs a status or a grpcStatus');
  if (abort.status !== undefined && abort.grpcStatus !== undefined)
    report('WEFT1207', `${path}.abort.grpcStatus`, 'an abort has either a status or a grpcStatus', 'leave one of both');
}
