// What is wanted of a service. It acts where numbers are kept, in the control plane, and changes nothing in a proxy.
import { type Mesh, parseDuration, type Service, splitServiceKey } from '../../model/index.ts';
import type { Effective, FieldSource } from '../effective.ts';
import type { PolicyDefinition } from '../policy.ts';
import { effectiveAt } from '../resolve.ts';

export interface Objective {
  /** Percent of requests that succeed; absent: nothing is wanted. */
  readonly availability?: { readonly percent: number; readonly from: FieldSource };
  /** Percent of requests that are answered in less than that. */
  readonly latency?: { readonly belowMs: number; readonly percent: number; readonly from: FieldSource };
  readonly windowMs: number;
}

const DAY_MS = 86_400_000;
const KEPT = new WeakMap<Effective, Objective | null>();

function objectiveOf({ fields }: Effective): Objective | null {
  const [availability, latency, window] = ['availability', 'latency', 'window'].map((path) => fields.get(path));
  if (availability === undefined && latency === undefined) return null;
  const { below, percent } = (latency?.value ?? {}) as { readonly below?: string; readonly percent?: number };
  const belowMs = parseDuration(below ?? '');
  return {
    ...(typeof availability?.value === 'number' ? { availability: { percent: availability.value, from: availability.from } } : {}),
    ...(latency === undefined || belowMs === undefined || percent === undefined ? {} : { latency: { belowMs, percent, from: latency.from } }),
    windowMs: Number.parseInt(String(window?.value), 10) * DAY_MS,
  };
}

/** What is wanted of a service; undefined when nothing is, or nothing of it speaks HTTP. The same object while the same documents hold. */
export function objectiveFor(mesh: Mesh, definition: PolicyDefinition, service: Service): Objective | undefined {
  const port = service.ports.find(({ protocol }) => protocol !== 'tcp');
  if (port === undefined) return undefined;
  const kind = service.external === undefined ? 'Service' : 'ExternalService';
  const { namespace, name } = splitServiceKey(service.key);
  const subject = { service: { kind, namespace, name, port: port.port, portName: port.name }, consumer: '' } as const;
  const effective = effectiveAt(mesh, { definition, subject, protocol: 'http', owner: service });
  const known = KEPT.get(effective);
  if (known !== undefined) return known ?? undefined;
  const objective = objectiveOf(effective);
  KEPT.set(effective, objective);
  return objective ?? undefined;
}
