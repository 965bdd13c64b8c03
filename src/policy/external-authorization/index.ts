import { defineKind } from '../../model/index.ts';
import { ofRequestsOnArrival } from '../on-arrival.ts';
import { definePolicy } from '../policy.ts';
import { compileExternalAuthorization } from './compile.ts';
import { externalAuthorizationSchema } from './schema.ts';
import { checkExternalAuthorization } from './validate.ts';
import { externalAuthorizationWords } from './words.ts';

export const EXTERNAL_AUTHORIZATION_POLICY = 'ExternalAuthorizationPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: EXTERNAL_AUTHORIZATION_POLICY,
  plural: 'externalauthorizationpolicies',
  shortNames: ['extauthz'],
  namespaced: true,
  attaches: true,
  summary: 'An authorizer of yours that decides about every request, over gRPC or HTTP.',
  schema: externalAuthorizationSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'AUTHORIZER', path: 'spec.service.name' },
    { name: 'PROTOCOL', path: 'spec.protocol' },
    { name: 'FAILURE MODE', path: 'spec.failureMode' },
  ],
  check: checkExternalAuthorization,
});

export const externalAuthorizationPolicy = definePolicy({
  kind,
  ...ofRequestsOnArrival('there are no requests to ask about'),
  compile: compileExternalAuthorization,
  words: externalAuthorizationWords,
});
