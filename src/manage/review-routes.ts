// `kubectl auth can-i` and `weft auth can-i`: what the caller may do, in Kubernetes' own words.
import { z } from 'zod';
import { mediaType, readBody } from './body.ts';
import type { Caller } from './caller.ts';
import { type Attributes, describeAttributes } from './rbac/index.ts';
import { readReview } from './review-protobuf.ts';
import { checked, type WeftCall } from './routes.ts';

const text = z.string().default('');

const AccessSchema = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z.looseObject({ namespace: text, verb: text, group: text, resource: text, subresource: text, name: text }).optional(),
    nonResourceAttributes: z.looseObject({ path: text, verb: text }).optional(),
  }),
});

const RulesSchema = z.looseObject({ spec: z.looseObject({ namespace: text }) });

const review = (body: unknown, contentType: string | undefined): unknown =>
  mediaType(contentType) === 'application/vnd.kubernetes.protobuf' ? readReview(body) : readBody(body, contentType);

type Body = Pick<WeftCall, 'body' | 'contentType' | 'permit'>;

function access({ body, contentType, permit }: Body): object {
  const { spec } = checked(AccessSchema, review(body, contentType));
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const wanted: Attributes =
    resource === undefined
      ? { verb: path?.verb ?? '', path: path?.path ?? '' }
      : {
          verb: resource.verb,
          group: resource.group,
          resource: resource.subresource === '' ? resource.resource : `${resource.resource}/${resource.subresource}`,
          namespace: resource.namespace,
          name: resource.name,
        };
  const allowed = permit.allows(wanted);
  const status = { allowed, ...(allowed ? {} : { reason: `no role of "${permit.caller.user}" gives: ${describeAttributes(wanted)}` }) };
  return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', metadata: {}, spec, status };
}

function rules({ body, contentType, permit }: Body): object {
  const { spec } = checked(RulesSchema, review(body, contentType));
  const all = permit.rules(spec.namespace);
  const resourceRules = all.filter(({ resources }) => resources.length > 0).map(({ nonResourceURLs: _, ...rule }) => rule);
  const nonResourceRules = all.filter(({ nonResourceURLs }) => nonResourceURLs.length > 0).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    metadata: {},
    spec,
    status: { resourceRules, nonResourceRules, incomplete: false },
  };
}

function self({ user, groups }: Caller): object {
  return { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {}, status: { userInfo: { username: user, groups } } };
}

/** By path; each is asked with POST and says only what concerns the caller. */
export const REVIEWS: Readonly<Record<string, (call: Body) => object>> = {
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': access,
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews': rules,
  '/apis/authentication.k8s.io/v1/selfsubjectreviews': ({ permit }) => self(permit.caller),
};
