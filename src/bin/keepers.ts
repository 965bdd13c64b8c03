// What keeps what proxies tell, each within a budget.
import { join } from 'node:path';
import type { ControlPlane } from '../control/index.ts';
import type { Mesh } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { type LogClaims, Records, type Sender, Traces } from '../telemetry/index.ts';
import { senderOf } from './joints.ts';
import { withServed } from './nodes.ts';
import type { ControlPlaneOptions } from './parts.ts';
import { WEFT_VERSION } from './version.ts';

const RECORDS_BUDGET_BYTES = 256 * 1024 * 1024;
const RECORDS_KEEP_MS = 7 * 24 * 3_600_000;

function sendersOf(plane: ControlPlane, store: Store): (claims: LogClaims) => Sender {
  const mesh = (): Mesh => plane.mesh;
  return withServed(
    mesh,
    senderOf(mesh, () => store.revision),
  );
}

export function openRecords({ directory, log, recordsBudgetBytes = RECORDS_BUDGET_BYTES }: ControlPlaneOptions, plane: ControlPlane, store: Store): Records {
  const senders = sendersOf(plane, store);
  return Records.open({ file: join(directory, 'telemetry.db'), budgetBytes: recordsBudgetBytes, keepMs: RECORDS_KEEP_MS, senderOf: senders, log });
}

const TRACES_BUDGET_BYTES = 256 * 1024 * 1024;
const TRACES_KEEP_MS = 3 * 24 * 3_600_000;
/** What a call belongs to has usually come to its end so long after it. */
const TRACES_SETTLE_MS = 5000;

export function openTraces(
  { directory, log, tracesBudgetBytes = TRACES_BUDGET_BYTES, tracesTo }: ControlPlaneOptions,
  plane: ControlPlane,
  store: Store,
): Traces {
  const senders = sendersOf(plane, store);
  const limits = { budgetBytes: tracesBudgetBytes, keepMs: TRACES_KEEP_MS, settleMs: TRACES_SETTLE_MS };
  return Traces.open({ directory: join(directory, 'traces'), ...limits, version: WEFT_VERSION, target: tracesTo, senderOf: senders, log });
}
