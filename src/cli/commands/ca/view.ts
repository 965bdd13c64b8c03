import type { CaRootView, CaView, RotationView, StragglerView } from '../../../api/index.ts';
import { formatDuration } from '../../../model/index.ts';
import type { Invocation } from '../../command.ts';
import { ageText } from '../../text/age.ts';
import { tableText } from '../../text/table.ts';

/** So many proxies are named; of the others the number. */
const NAMED = 20;

/** `weft ca show`. `now` in epoch ms. */
export function viewText({ paint, flags }: Pick<Invocation, 'paint' | 'flags'>, view: CaView, now: number): string {
  const rows = view.roots.filter(({ state }) => flags.verbose || state !== 'dropped').map((root) => rootRow(root, now));
  const table = tableText(['ROOT', 'STATE', 'FINGERPRINT', 'VALID', 'ROOT KEY', 'ISSUER VALID', 'SUBJECT'], rows, flags.headers);
  const lines = [`certificates of ${view.trustDomain} hold ${formatDuration(view.leafLifetimeMs)}, and are renewed at half of it`];
  const { rotation } = view;
  if (rotation !== undefined) lines.push(paint('bold', stepText(rotation)), ...stragglerLines(rotation.stragglers, now), ...nextLines(rotation));
  return `${table}${lines.map((line) => `${line}\n`).join('')}`;
}

function rootRow({ name, state, fingerprint, notAfter, key, issuerNotAfter, subject }: CaRootView, now: number): readonly string[] {
  const dropped = state === 'dropped';
  const left = (until: number): string => (until <= now ? 'expired' : ageText(until - now));
  return [name, state, fingerprint.slice(0, 16), left(notAfter), dropped ? '' : key, dropped || issuerNotAfter === 0 ? '' : left(issuerNotAfter), subject];
}

/** `step 2 of 4   every proxy has a certificate of the new root   3 of 4`. */
export function stepText({ step, words, done, total, paused, undoing }: RotationView): string {
  const marks = [...(undoing ? ['going back'] : []), ...(paused ? ['paused'] : [])];
  return [`step ${step} of 4`, words, `${done} of ${total} ${total === 1 ? 'proxy' : 'proxies'}`, ...marks].join('   ');
}

/** Whom a step waits for, one a line. */
export function stragglerLines(stragglers: readonly StragglerView[], now: number): readonly string[] {
  const lines = stragglers.slice(0, NAMED).map(({ proxy, reason, until, skipped }) => {
    const ends = until > now ? `; that ends in ${ageText(until - now)} at the latest` : '';
    return `  └ ${proxy}: ${reason}${ends}${skipped ? ' (not waited for)' : ''}`;
  });
  return stragglers.length > NAMED ? [...lines, `  └ and ${stragglers.length - NAMED} more`] : lines;
}

function nextLines({ paused, stragglers }: RotationView): readonly string[] {
  const waits = stragglers.some(({ skipped }) => !skipped);
  if (paused) return ['to go on: weft ca resume   to go back: weft ca undo'];
  return waits ? ['to go on without one: weft ca resume --skip NAMESPACE/NAME   to stop here: weft ca pause   to go back: weft ca undo'] : [];
}

/** `weft ca rotate --dry-run`. */
export function rehearsalText({ rotation, rehearsal, leafLifetimeMs }: CaView, now: number): string {
  if (rotation !== undefined) return `the root is being changed already: ${stepText(rotation)}\n`;
  const { connected = 0, away = [], blocked = [], longestMs = 0 } = rehearsal ?? {};
  const lines = [`${connected} connected ${connected === 1 ? 'proxy acknowledges' : 'proxies acknowledge'} each of the four steps; nothing is done now`];
  if (blocked.length > 0) lines.push('it would wait for these until they are as they should be:', ...stragglerLines(blocked, now));
  if (away.length > 0) {
    lines.push(`it would wait for these until they are back, or ${ageText(longestMs)} at the longest, when their certificates have ended:`);
    lines.push(...stragglerLines(away, now), 'or not at all: weft ca rotate --skip NAMESPACE/NAME, or --force; a proxy that lives on unheard of then fails');
  }
  if (blocked.length + away.length === 0)
    lines.push('nobody would hold it up: seconds for each step, and open connections end within the drain time of their proxies');
  lines.push(`join tokens and copies of the kubeconfig from before are of no use afterwards; certificates hold ${formatDuration(leafLifetimeMs)}`);
  return `${lines.join('\n')}\n`;
}
