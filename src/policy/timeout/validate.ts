import { type Checked, parseDuration, type Report } from '../../model/index.ts';
import type { TimeoutSpec } from './schema.ts';

const ms = (text: string | undefined): number => (text === undefined ? 0 : (parseDuration(text) ?? 0));

/** A try cannot outlast the whole request, and a policy that says nothing does nothing. */
export function checkTimeouts({ spec }: Checked<TimeoutSpec>, report: Report): void {
  const { request, backendRequest, streamIdle, maxStream } = spec;
  if (spec.targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if ([request, backendRequest, streamIdle, maxStream].every((each) => each === undefined)) report('WEFT1802', 'spec', 'the policy says nothing');
  if (ms(request) > 0 && ms(backendRequest) > ms(request))
    report(
      'WEFT1207',
      'spec.backendRequest',
      `backendRequest (${backendRequest}) must not be longer than request (${request})`,
      'a try cannot outlast the whole request: lower backendRequest or raise request',
    );
}
