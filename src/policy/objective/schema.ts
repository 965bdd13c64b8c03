import { z } from 'zod';
import { attachment, fields, positiveDuration } from '../../model/index.ts';

export const OBJECTIVE_TARGETS = ['Mesh', 'Namespace', 'Service', 'ExternalService'] as const;

const percent = z.number().gt(0, 'must be more than 0').lt(100, 'must be less than 100: of a budget of nothing nothing can be left');

/** No defaults in here: a field left out is inherited. `latency` is taken as a whole. */
export const objectiveSchema = fields({
  ...attachment(OBJECTIVE_TARGETS),
  availability: percent.optional().describe('Percent of the requests that succeed.'),
  latency: fields({
    below: positiveDuration.describe('Until the last byte of the answer.'),
    percent: percent.describe('Percent of the requests that are answered sooner than that.'),
  }).optional(),
  window: z
    .string()
    .regex(/^([1-9]|[1-8][0-9]|90)d$/, 'must be a number of days from 1d to 90d: so long numbers are kept')
    .optional()
    .describe('Over how long requests are counted.'),
});
export type ObjectiveSpec = z.output<typeof objectiveSchema>;
