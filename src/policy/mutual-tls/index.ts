import { defineKind } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { builtIn } from '../read.ts';
import { compileMutualTls } from './compile.ts';
import { mutualTlsSchema } from './schema.ts';
import { checkMutualTls } from './validate.ts';
import { mutualTlsWords } from './words.ts';

export const MUTUAL_TLS_POLICY = 'MutualTLSPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: MUTUAL_TLS_POLICY,
  plural: 'mutualtlspolicies',
  shortNames: ['mtls'],
  namespaced: true,
  attaches: true,
  summary: 'Whether connections to workloads must be mutual TLS, may be plaintext, or are plaintext.',
  schema: mutualTlsSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'MODE', path: 'spec.mode' },
    { name: 'PORTS', path: 'spec.ports[*].port' },
  ],
  check: checkMutualTls,
});

const DEFAULTS = [builtIn({ mode: 'Strict' })];

export const mutualTlsPolicy = definePolicy({
  kind,
  subject: 'TLS mode',
  targets: ['Mesh', 'Namespace', 'Service'],
  sites: [{ kind: 'route', side: 'inbound' }],
  atomic: [],
  perSite: true,
  defaults: () => DEFAULTS,
  compile: compileMutualTls,
  words: mutualTlsWords,
});
