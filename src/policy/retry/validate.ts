import { ATTACHMENT_FIELDS, type Checked, parseDuration, type Report } from '../../model/index.ts';
import { SAFE_METHODS } from './defaults.ts';
import type { RetrySpec } from './schema.ts';

const ms = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseDuration(text));

/** What contradicts itself, what says nothing, and what may do something twice. */
export function checkRetries({ spec }: Checked<RetrySpec>, report: Report): void {
  const { backoff, methods = [], targetRefs } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if (Object.keys(spec).every((key) => ATTACHMENT_FIELDS.includes(key))) report('WEFT1802', 'spec', 'the policy says nothing');
  const [base, max] = [ms(backoff?.base), ms(backoff?.max)];
  if (base !== undefined && max !== undefined && max < base)
    report('WEFT1207', 'spec.backoff.max', `max (${backoff?.max}) must not be shorter than base (${backoff?.base})`);
  for (const list of ['on', 'methods', 'statusCodes', 'responseHeaders'] as const) duplicates(spec, list, report);
  if (methods.includes('*') && methods.length > 1) report('WEFT1207', 'spec.methods', '"*" is every method, so the others say nothing', 'leave one of both');
  if (spec.budget !== undefined && targetRefs.some((ref) => ref.kind.endsWith('Route')))
    report('WEFT1806', 'spec.budget', 'a budget belongs to a Service as a whole: all routes to it share it, so it has no effect for a route');
  const unsafe = methods.filter((method) => !SAFE_METHODS.includes(method));
  if (unsafe.length > 0 && repeats(spec)) {
    const what = unsafe.includes('*') ? 'requests of every method' : `${unsafe.join(', ')} requests`;
    report('WEFT1820', 'spec.methods', `${what} may reach an application twice: what failed late may have been done`);
  }
}

/** Whether it names something after which an application may have done its work. */
function repeats({ on, statusCodes, responseHeaders, hedge }: RetrySpec): boolean {
  const late = on === undefined || on.some((each) => ['reset', 'gateway-error', '5xx', 'retriable-4xx'].includes(each));
  return late || (statusCodes ?? []).length > 0 || (responseHeaders ?? []).length > 0 || hedge?.onPerTryTimeout === true;
}

function duplicates(spec: RetrySpec, list: 'on' | 'methods' | 'statusCodes' | 'responseHeaders', report: Report): void {
  const values: readonly unknown[] = spec[list] ?? [];
  for (const [at, value] of values.entries())
    if (values.indexOf(value) < at) report('WEFT1208', `spec.${list}[${at}]`, `${String(value)} stands there twice`, 'remove one of the two');
}
