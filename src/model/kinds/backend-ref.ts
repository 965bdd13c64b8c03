// BackendObjectReference of Gateway API, and the kinds of things that take requests here.
import { z } from 'zod';
import { fields, label, portNumber } from './fields.ts';
import type { Report } from './kind.ts';

export const objectReference = {
  group: z.string().default(''),
  kind: z.string().min(1, 'must not be empty').default('Service'),
  name: z.string().min(1, 'must not be empty'),
  namespace: label.optional(),
  port: portNumber.optional(),
};

export const backendObject = fields(objectReference);
type BackendObjectSpec = z.output<typeof backendObject>;

export const weight = z.int('must be a whole number').min(0, 'must be from 0 to 1000000').max(1_000_000, 'must be from 0 to 1000000').default(1);

/** A port of 0 stands for one that is missing; every kind of backend has ports. */
export function checkBackendObject(backend: BackendObjectSpec, path: string, report: Report): void {
  if (backend.port === undefined) report('WEFT1201', path, `a ${backend.kind} as backend needs its port`);
}
