import { defineKind } from '../../model/index.ts';
import { definePolicy } from '../policy.ts';
import { compileOidc } from './compile.ts';
import { oidcSchema } from './schema.ts';
import { checkOidc } from './validate.ts';
import { oidcWords } from './words.ts';

export const OIDC_POLICY = 'OIDCPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: OIDC_POLICY,
  plural: 'oidcpolicies',
  shortNames: ['oidc'],
  namespaced: true,
  attaches: true,
  summary: 'Users of a Gateway sign in at an OpenID provider before anybody gets their requests.',
  schema: oidcSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ISSUER', path: 'spec.issuer' },
    { name: 'CLIENT', path: 'spec.clientId' },
  ],
  check: checkOidc,
});

export const oidcPolicy = definePolicy({
  kind,
  subject: 'sign-in',
  targets: ['Gateway', 'HTTPRoute'],
  sites: [{ kind: 'route', side: 'gateway' }],
  whole: true,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests, and nobody to sign in' : undefined),
  compile: compileOidc,
  words: oidcWords,
});
