import type { VerdictView } from '../../../api/index.ts';
import type { Document } from '../../../model/index.ts';
import type { Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { accountText } from '../../text/identity.ts';
import { valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';
import type { Shown } from './suggest.ts';

export interface DryRun {
  readonly policy: string;
  /** RFC 3339. */
  readonly created: string;
  readonly wouldDeny: number;
}

/** What the filter says where an ALLOW policy in DryRun has no rule about a request: it names none. */
const NO_RULE = 'no ALLOW rule';

/** Policies in DryRun, with what they would have denied. What no rule allowed counts against every ALLOW policy of that namespace. */
export function dryRuns(policies: readonly Document[], verdicts: readonly VerdictView[]): readonly DryRun[] {
  return policies
    .filter(({ spec }) => spec['enforcement'] === 'DryRun')
    .map(({ metadata, spec }) => {
      const policy = `${metadata.namespace}/${metadata.name}`;
      const allows = spec['action'] !== 'DENY' && spec['action'] !== 'AUDIT';
      const own = verdicts.filter(
        (verdict) =>
          verdict.outcome === 'would-deny' &&
          (verdict.policy === policy ||
            verdict.policy.startsWith(`${policy}#`) ||
            (allows && verdict.policy === NO_RULE && verdict.service.startsWith(`${metadata.namespace}/`))),
      );
      return { policy, created: metadata.creationTimestamp ?? '', wouldDeny: own.reduce((sum, { count }) => sum + count, 0) };
    });
}

function verdictsText({ io, paint, flags }: Invocation, verdicts: readonly VerdictView[]): string {
  const rows = verdicts.map((verdict) => [
    {
      text: verdict.outcome === 'would-deny' ? 'would deny' : 'denied',
      paint: (text: string) => paint(verdict.outcome === 'would-deny' ? 'yellow' : 'red', text),
    },
    verdict.policy || NO_RULE,
    accountText(verdict.source),
    `${verdict.service}:${verdict.port}`,
    String(verdict.count),
    `${ageSince(verdict.last, io.now())} ago`,
    verdict.requests.slice(0, 3).join(', '),
  ]);
  return rows.length === 0 ? '' : tableText(['verdict', 'policy', 'from', 'to', 'requests', 'last', 'for example'], rows, flags.headers);
}

function dryRunText({ io, paint }: Invocation, { policy, created, wouldDeny }: DryRun, since: string): string {
  const age = ageSince(created, io.now());
  if (wouldDeny > 0)
    return `${paint('yellow', `‼ ${policy}`)} (DryRun, ${age} old) would have denied ${wouldDeny} requests in the last ${since}: allow these callers first, or enforce it knowing that\n`;
  return `${paint('green', `✔ ${policy}`)} (DryRun, ${age} old) would have denied nothing in the last ${since}: set enforcement: Enforce once everything has happened in that time that happens\n`;
}

/** What policies denied or would have denied, by caller. Fails (79) when a DryRun would have denied something: not yet to be enforced. */
export async function printStatus(
  invocation: Invocation,
  verdicts: readonly VerdictView[],
  policies: readonly Document[],
  { form, since }: Shown,
): Promise<ExitCode> {
  const { io } = invocation;
  const runs = dryRuns(policies, verdicts);
  if (form !== 'table') io.out(await valueText({ dryRuns: runs, items: verdicts }, form));
  else if (verdicts.length + runs.length === 0) io.out(`Nothing was denied in the last ${since}, and no AuthorizationPolicy is in DryRun.\n`);
  else io.out([verdictsText(invocation, verdicts), runs.map((run) => dryRunText(invocation, run, since)).join('')].filter((text) => text !== '').join('\n'));
  return verdicts.some(({ outcome }) => outcome === 'would-deny') ? EXIT.findings : EXIT.ok;
}
