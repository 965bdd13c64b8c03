import type { Effective } from '../effective.ts';
import type { PolicyWords } from '../policy.ts';

/** `99.9 % succeed, 99 % below 300ms`; nothing where nothing is wanted. */
export function objectiveWords({ fields }: Effective): PolicyWords | undefined {
  const availability = fields.get('availability')?.value;
  const latency = fields.get('latency')?.value as { readonly below: string; readonly percent: number } | undefined;
  const parts = [
    ...(availability === undefined ? [] : [`${String(availability)} % succeed`]),
    ...(latency === undefined ? [] : [`${latency.percent} % below ${latency.below}`]),
  ];
  if (parts.length === 0) return undefined;
  return { value: parts.join(', '), note: `over ${String(fields.get('window')?.value)}`, path: availability === undefined ? 'latency' : 'availability' };
}
