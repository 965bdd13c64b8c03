import { defineKind } from '../../model/index.ts';
import { ON_ARRIVAL } from '../on-arrival.ts';
import { definePolicy } from '../policy.ts';
import { compileAuthorization } from './compile.ts';
import { authorizationSchema } from './schema.ts';
import { checkAuthorization } from './validate.ts';
import { authorizationWords } from './words.ts';

export const AUTHORIZATION_POLICY = 'AuthorizationPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: AUTHORIZATION_POLICY,
  plural: 'authorizationpolicies',
  shortNames: ['authz'],
  namespaced: true,
  attaches: true,
  summary: 'Who may do what: callers by identity, requests by method, path, host, header and claims; enforced, or only recorded.',
  schema: authorizationSchema,
  columns: [
    { name: 'ACTION', path: 'spec.action' },
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ENFORCEMENT', path: 'spec.enforcement' },
  ],
  check: checkAuthorization,
});

export const authorizationPolicy = definePolicy({
  kind,
  subject: 'authz',
  ...ON_ARRIVAL,
  compile: compileAuthorization,
  words: authorizationWords,
});
