import { machineError } from '../errors.ts';
import { explicitCapture } from './explicit/index.ts';
import { netnsCapture } from './netns/index.ts';
import { pastaCapture } from './pasta/index.ts';
import type { CaptureMode, CaptureWay } from './port.ts';
import { relayCapture } from './relay/index.ts';

/** Best first. */
export const CAPTURE_WAYS: readonly CaptureWay[] = [netnsCapture, pastaCapture, relayCapture, explicitCapture];

/** What users may write for a mode. */
export const CAPTURE_MODES: readonly CaptureMode[] = CAPTURE_WAYS.map((way) => way.mode);

export interface Choice {
  readonly way: CaptureWay;
  /** Why each better mode cannot work here, in words. */
  readonly instead: readonly { readonly mode: CaptureMode; readonly why: readonly string[] }[];
}

/**
 * The best way of capture that works on this machine, tried for real, or the one asked for. Throws `machine/capture-unavailable`
 * when the one asked for cannot work, with what is missing and where to get it.
 */
export async function chooseCapture(wanted: CaptureMode | 'auto' = 'auto', ways: readonly CaptureWay[] = CAPTURE_WAYS): Promise<Choice> {
  const instead: { mode: CaptureMode; why: readonly string[] }[] = [];
  for (const way of ways) {
    if (wanted !== 'auto' && way.mode !== wanted) continue;
    const why = await way.missing();
    if (why.length === 0) return { way, instead };
    instead.push({ mode: way.mode, why });
  }
  const reasons = instead.flatMap(({ why }) => why);
  const remedy = wanted === 'auto' ? '' : '\n  leave --capture out to take the best mode that works here';
  throw machineError('machine/capture-unavailable', `capture mode ${wanted} cannot work here: ${reasons.join('; ')}${remedy}`);
}
