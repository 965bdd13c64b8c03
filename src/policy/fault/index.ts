import { defineKind } from '../../model/index.ts';
import { inFrontOrNamedAnywhere } from '../hears.ts';
import { definePolicy } from '../policy.ts';
import { compileFaults } from './compile.ts';
import { FAULT_TARGETS, faultSchema } from './schema.ts';
import { checkFaults } from './validate.ts';
import { wordsOfFaults } from './words.ts';

export { endOf } from './ending.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'FaultPolicy',
  plural: 'faultpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'Delays, errors and slow answers on purpose, for a while.',
  schema: faultSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'UNTIL', path: 'spec.until' },
    { name: 'FOR', path: 'spec.for' },
  ],
  check: checkFaults,
});

export const faultPolicy = definePolicy({
  kind,
  targets: FAULT_TARGETS,
  sites: [
    { kind: 'route', side: 'inbound' },
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
  ],
  hears: inFrontOrNamedAnywhere,
  whole: true,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests to harm' : undefined),
  compile: compileFaults,
  words: wordsOfFaults,
});
