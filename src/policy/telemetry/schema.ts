import type { z } from 'zod';
import { attachment, fields, TELEMETRY_SECTIONS } from '../../model/index.ts';

export const TELEMETRY_TARGETS = ['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'] as const;

/** The sections are model's (kinds/telemetry.ts), since the Mesh has the same. No defaults in here: a field left out is inherited. */
export const telemetryPolicySchema = fields({ ...attachment(TELEMETRY_TARGETS), ...TELEMETRY_SECTIONS });
export type TelemetryPolicySpec = z.output<typeof telemetryPolicySchema>;
