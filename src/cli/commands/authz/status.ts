import type { VerdictView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { accountText } from '../../text/identity.ts';
import { valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';
import type { Shown } from './suggest.ts';

/** What policies denied or would have denied, by caller. Fails (79) when a DryRun would have denied something: not yet to be enforced. */
export async function printStatus(invocation: Invocation, verdicts: readonly VerdictView[], { form, since }: Shown): Promise<ExitCode> {
  const { io, paint, flags } = invocation;
  const wouldBe = verdicts.filter(({ outcome }) => outcome === 'would-deny');
  if (form !== 'table') io.out(await valueText({ items: verdicts }, form));
  else {
    const rows = verdicts.map((verdict) => [
      {
        text: verdict.outcome === 'would-deny' ? 'would deny' : 'denied',
        paint: (text: string) => paint(verdict.outcome === 'would-deny' ? 'yellow' : 'red', text),
      },
      verdict.policy || 'no ALLOW rule',
      accountText(verdict.source),
      `${verdict.service}:${verdict.port}`,
      String(verdict.count),
      `${ageSince(verdict.last, io.now())} ago`,
      verdict.requests.slice(0, 3).join(', '),
    ]);
    if (rows.length > 0) io.out(`${tableText(['verdict', 'policy', 'from', 'to', 'requests', 'last', 'for example'], rows, flags.headers)}\n`);
    io.out(
      wouldBe.length > 0
        ? `${paint('yellow', '‼ policies in DryRun would have denied requests')} in the last ${since}: allow these callers first, or enforce knowing it\n`
        : `${paint('green', '✔ nothing would have been denied by a policy in DryRun')} in the last ${since}: it is safe to enforce what has been there for as long\n`,
    );
  }
  return wouldBe.length > 0 ? EXIT.findings : EXIT.ok;
}
