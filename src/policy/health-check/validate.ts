import { type Checked, parseDuration, type Report } from '../../model/index.ts';
import type { HealthCheckSpec } from './schema.ts';

const OWN = { HTTP: 'http', TCP: 'tcp', GRPC: 'grpc' } as const;

/** A kind of check with the fields of another one, and times that contradict each other. */
export function checkHealthCheck({ spec }: Checked<HealthCheckSpec>, report: Report): void {
  const { targetRefs, type, ...rest } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if (type === undefined && Object.values(rest).every((each) => each === undefined)) report('WEFT1802', 'spec', 'the policy says nothing');
  for (const [of, field] of Object.entries(OWN))
    if (type !== undefined && type !== of && spec[field] !== undefined)
      report('WEFT1806', `spec.${field}`, `${field} has no effect: the check is of type ${type}`);
  for (const [at, text] of (spec.http?.expectedStatuses ?? []).entries()) {
    const [first = '', last = first] = text.split('-');
    if (last < first) report('WEFT1844', `spec.http.expectedStatuses[${at}]`, `${text} ends before it begins`);
  }
  const ms = (value: string | undefined): number => (value === undefined ? 0 : (parseDuration(value) ?? 0));
  if (spec.interval !== undefined && ms(spec.timeout) > ms(spec.interval))
    report('WEFT1845', 'spec.timeout', `timeout (${spec.timeout}) is longer than interval (${spec.interval}): checks would wait for each other`);
}
