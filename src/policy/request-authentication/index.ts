import { defineKind } from '../../model/index.ts';
import { ofRequestsOnArrival } from '../on-arrival.ts';
import { definePolicy } from '../policy.ts';
import { compileRequestAuthentication } from './compile.ts';
import { requestAuthenticationSchema } from './schema.ts';
import { checkRequestAuthentication } from './validate.ts';
import { requestAuthenticationWords } from './words.ts';

export const REQUEST_AUTHENTICATION_POLICY = 'RequestAuthenticationPolicy';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: REQUEST_AUTHENTICATION_POLICY,
  plural: 'requestauthenticationpolicies',
  shortNames: ['jwt'],
  namespaced: true,
  attaches: true,
  summary: 'Tokens of end users (JWT): whose are valid, where they stand, and what the application is told of them.',
  schema: requestAuthenticationSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ISSUERS', path: 'spec.issuers[*].issuer' },
    { name: 'REQUIREMENT', path: 'spec.requirement' },
  ],
  check: checkRequestAuthentication,
});

export const requestAuthenticationPolicy = definePolicy({
  kind,
  ...ofRequestsOnArrival('there are no requests, and no tokens in them'),
  compile: compileRequestAuthentication,
  words: requestAuthenticationWords,
});
