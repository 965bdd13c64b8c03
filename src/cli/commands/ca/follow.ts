import type { CaView, RotationView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { stepText, stragglerLines } from './view.ts';

const LOOK_MS = 400;
const BAR = 24;
/** The control plane may be starting anew: the change is in its state, and goes on. */
const PATIENCE = 150;

/** Shows a rotation until it is over, paused or taken back: a bar on a terminal, else a line for each step and for whom it waits. ^C leaves it running. */
export async function follow(invocation: Invocation, look: () => Promise<CaView>, first: CaView): Promise<CaView> {
  const { io, note } = invocation;
  let view = first;
  let shown = '';
  for (let failures = 0; view.rotation !== undefined && !view.rotation.paused && !io.signal.aborted; ) {
    shown = show(invocation, view.rotation, shown);
    await pause(io.signal);
    const next = await look().catch((error: unknown) => {
      if (++failures > PATIENCE) throw error;
      return view;
    });
    if (next !== view) failures = 0;
    view = next;
  }
  if (io.terminal && shown !== '') io.err('\r\u001b[K');
  if (io.signal.aborted && view.rotation !== undefined) note('the change goes on in the control plane: weft ca show');
  return view;
}

function show({ io, note, flags }: Invocation, rotation: RotationView, shown: string): string {
  if (flags.quiet) return '';
  if (io.terminal) {
    const line = barText(rotation, io.columns);
    if (line !== shown) io.err(`\r\u001b[K${line}`);
    return line;
  }
  const waits = rotation.stragglers.filter(({ skipped }) => !skipped);
  // times change with every look, and are no news
  const news = `${rotation.step} ${rotation.undoing} ${waits.map(({ proxy, reason }) => `${proxy} ${reason}`).join()}`;
  if (news === shown) return shown;
  note(stepText(rotation));
  for (const line of stragglerLines(waits, io.now())) note(line);
  return news;
}

/** `██████░░░░░░  step 2 of 4   …   3 of 4   waits for shop/web`. */
export function barText(rotation: RotationView, columns: number): string {
  const { step, done, total, stragglers } = rotation;
  const filled = Math.round(((step - 1 + (total === 0 ? 1 : done / total)) / 4) * BAR);
  const [first, ...others] = stragglers.filter(({ skipped }) => !skipped);
  const waits = first === undefined ? '' : `   waits for ${first.proxy}${others.length === 0 ? '' : ` and ${others.length} more`}`;
  return [...`${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${stepText(rotation)}${waits}`].slice(0, Math.max(20, columns - 1)).join('');
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    signal.addEventListener('abort', done, { once: true });
  });
}
