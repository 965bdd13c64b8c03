import type { Checked, Report } from '../../model/index.ts';
import type { ExternalAuthorizationSpec } from './schema.ts';

/** Who is asked and how; and that nobody is asked in vain. */
export function checkExternalAuthorization({ spec }: Checked<ExternalAuthorizationSpec>, report: Report): void {
  const { targetRefs, protocol, grpc, http, failureMode } = spec;
  if (targetRefs.length === 0 && !('selector' in spec)) report('WEFT1801', 'spec', 'the policy has neither targetRefs nor a selector, so it has no effect');
  if (protocol === 'GRPC' && http !== undefined) report('WEFT1207', 'spec.http', 'it is asked over gRPC, so http says nothing', 'remove http');
  if (protocol === 'HTTP' && grpc !== undefined) report('WEFT1207', 'spec.grpc', 'it is asked over HTTP, so grpc says nothing', 'remove grpc');
  if (failureMode === 'Allow') report('WEFT2160', 'spec.failureMode', 'while it cannot be asked everybody is let in');
}
