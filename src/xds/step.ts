import { assertNever } from '../base/index.ts';
import { RESOURCE_TYPES } from '../envoy/index.ts';
import { acknowledge } from './acknowledge.ts';
import { type Draft, draftOf, finished } from './draft.ts';
import type { DeltaRequest, Input, Output } from './protocol.ts';
import { push } from './push.ts';
import { removeWhatIsDue, waitElapsed } from './removals.ts';
import { answerWaiting, subscribe } from './request.ts';
import type { Snapshot, Touched } from './snapshot.ts';
import type { Subscription } from './subscription.ts';
import { warmingElapsed } from './warming.ts';

/**
 * One step of the delta protocol for one stream: what happened in, what to do out. Pure; the subscription given is left as it
 * was. Outputs are in the order in which they must happen, and every `send` must be sent. Never throws, whatever a client says.
 */
export function step(subscription: Subscription, input: Input): { readonly subscription: Subscription; readonly outputs: readonly Output[] } {
  const draft = draftOf(subscription);
  switch (input.kind) {
    case 'request':
      takeRequest(draft, input.request);
      break;
    case 'snapshot':
      takeSnapshot(draft, input.snapshot, input.touched);
      break;
    case 'elapsed':
      waitElapsed(draft);
      warmingElapsed(draft);
      break;
    default:
      assertNever(input);
  }
  removeWhatIsDue(draft);
  return finished(draft);
}

/** Acknowledgement and subscription change may come in one message; a stale nonce never voids the change. */
function takeRequest(draft: Draft, request: DeltaRequest): void {
  const { type } = request;
  if (type === undefined) return;
  if (request.nonce !== '') acknowledge(draft, type, request);
  subscribe(draft, type, request);
}

function takeSnapshot(draft: Draft, snapshot: Snapshot, touched: Touched): void {
  const first = draft.snapshot === undefined;
  push(draft, snapshot, first ? 'all' : touched);
  for (const type of RESOURCE_TYPES) answerWaiting(draft, type);
}
