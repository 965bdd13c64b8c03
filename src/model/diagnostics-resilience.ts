// What is wrong with timeouts, retries, faults and rate limits: 1820–1839.
import type { DiagnosticKind } from './diagnostics.ts';

export const RESILIENCE = {
  WEFT1820: {
    severity: 'warning',
    title: 'may be done twice',
    docs: 'A RetryPolicy repeats requests whose method is not safe after failures that may come after the application did its work.',
    hint: 'keep to GET, HEAD and OPTIONS, or make sure that the application recognises a repeated request',
  },
  WEFT1821: {
    severity: 'error',
    title: 'no end',
    docs: 'A FaultPolicy must say when it ends, so that an experiment that was forgotten stops by itself.',
    hint: 'give until: a time such as 2026-12-01T16:00:00Z, or for: a duration such as 30m',
  },
  WEFT1822: {
    severity: 'warning',
    title: 'has ended',
    docs: 'The end of a FaultPolicy has come, so it has no effect any more.',
    hint: 'remove the document, or give it a new end',
  },
  WEFT1823: {
    severity: 'warning',
    title: 'one of several',
    docs: 'Policies of this kind are not merged field by field: the most specific one holds as a whole.',
    hint: 'put all of it into one document',
  },
  WEFT1824: {
    severity: 'info',
    title: 'begins with its creation',
    docs: 'The end of a FaultPolicy counts from its creation, and a document that was never applied has none. Until then it has no effect.',
    hint: 'apply it, or write until: with a time such as 2026-12-01T16:00:00Z',
  },
} as const satisfies Record<string, DiagnosticKind>;
