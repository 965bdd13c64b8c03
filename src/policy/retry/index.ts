import { defineKind } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { compileRetries } from './compile.ts';
import { retryDefaults } from './defaults.ts';
import { retryOfRule } from './inline.ts';
import { retrySchema } from './schema.ts';
import { checkRetries } from './validate.ts';
import { retryWords } from './words.ts';

export { SAFE_METHODS } from './defaults.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'RetryPolicy',
  plural: 'retrypolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'What is tried again, how often, and how soon.',
  schema: retrySchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ATTEMPTS', path: 'spec.attempts' },
    { name: 'ON', path: 'spec.on[*]' },
    { name: 'METHODS', path: 'spec.methods[*]', wide: true },
  ],
  check: checkRetries,
});

export const retryPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute'],
  sites: [
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
    { kind: 'cluster', side: 'outbound' },
  ],
  defaults: retryDefaults,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests to try again' : undefined),
  inline: retryOfRule,
  compile: compileRetries,
  subject: 'retries',
  words: (effective, site, method) => retryWords(compileRetries(effective, site), method),
});
