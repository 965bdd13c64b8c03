import { z } from 'zod';
import type { KindDefinition } from '../model/index.ts';

/** The schema of a kind's `spec` as JSON Schema: what a user may write. */
export function jsonSchemaOf(kind: KindDefinition): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(kind.schema, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Readonly<Record<string, unknown>>;
}
