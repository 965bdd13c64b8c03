// What is told of traffic, in three sections that stand in a TelemetryPolicy and, for everybody, in `Mesh.spec.telemetry`. No defaults in here: a
// field left out is inherited (policy/telemetry/defaults.ts has what holds in the end).
import { z } from 'zod';
import { duration, fields } from './fields.ts';

/** Labels that a series can do without; everybody else is told apart by all of them. */
export const OPTIONAL_LABELS = ['route', 'flags', 'version', 'principal', 'workload'] as const;
export type OptionalLabel = (typeof OPTIONAL_LABELS)[number];

/** Series that a namespace may have when nobody says otherwise. */
export const MOST_SERIES = 1_000_000;

/** What is kept of the numbers that proxies of a namespace count. */
const metrics = fields({
  disabled: z.boolean().optional(),
  /** Labels that are not kept: what they told apart is added up. */
  without: z.array(z.enum(OPTIONAL_LABELS)).max(OPTIONAL_LABELS.length, `at most ${OPTIONAL_LABELS.length} entries`).optional(),
  budget: fields({
    series: z.int('must be a whole number').min(1, 'must be at least 1').max(MOST_SERIES, `must be at most ${MOST_SERIES}`).optional(),
  }).optional(),
});

const percent = z.number().min(0, 'must be from 0 to 100').max(100, 'must be from 0 to 100');
/** RFC 9110 token. */
const headerName = z
  .string()
  .max(128, 'must be at most 128 characters')
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header');

const tracing = fields({
  /** Of requests that come without a decision, so many are traced. A decision that comes with a request (W3C `traceparent`) holds. */
  percent: percent.optional(),
  /** What is written on spans besides, each from a header of the request or the same for all. */
  tags: z
    .array(
      fields({
        name: z.string().min(1, 'must not be empty').max(128, 'must be at most 128 characters'),
        header: headerName.optional(),
        literal: z.string().max(256, 'must be at most 256 characters').optional(),
      }),
    )
    .max(16, 'at most 16 entries')
    .optional(),
});

/** A request is logged when one of these holds; without any of them all are. */
const logged = fields({
  minStatus: z.int('must be a whole number').min(100, 'must be from 100 to 599').max(599, 'must be from 100 to 599').optional(),
  slowerThan: duration.optional(),
  /** Of the others, so many. */
  percent: percent.optional(),
});

const FORMATS = ['JSON', 'Text'] as const;

const sink = fields({
  /** OTLP: the collector of logs that the Mesh names (`spec.collectors.logs`). */
  type: z.enum(['Stdout', 'File', 'OTLP']),
  /** Of Stdout and File. */
  format: z.enum(FORMATS).optional(),
  /** Of File: below the folder that the machine keeps for it. */
  path: z.string().min(1, 'must not be empty').max(512, 'must be at most 512 characters').optional(),
});

const accessLogs = fields({
  disabled: z.boolean().optional(),
  when: logged.optional(),
  to: z.array(sink).min(1, 'must name at least one place').max(4, 'at most 4 entries').optional(),
  /** Headers of requests that are written down, of those that proxies tell; of secrets only that they are there. */
  headers: z.array(headerName).max(16, 'at most 16 entries').optional(),
});

/** The three sections. */
export const TELEMETRY_SECTIONS = { metrics: metrics.optional(), tracing: tracing.optional(), accessLogs: accessLogs.optional() };

export const telemetrySchema = fields(TELEMETRY_SECTIONS);
export type TelemetrySections = z.output<typeof telemetrySchema>;
