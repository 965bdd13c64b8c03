import { duration, type ExtAuthzSchema, HttpStatusCode, type Init, stringMatcher } from '../../envoy/index.ts';
import { externalKey, type Policy, parseDuration, type ServiceKey, serviceKey } from '../../model/index.ts';
import type { ExternalAuthorizationSpec } from './schema.ts';

const TIMEOUT_MS = 1000;
/** What an authorizer over HTTP is told unless it is said otherwise: who asks. */
const USUAL_HEADERS = ['authorization', 'cookie', 'x-forwarded-client-cert', 'x-request-id'];

/** Who decides, and how he is asked; plans know by which cluster. */
export interface Authorizer {
  readonly service: ServiceKey;
  readonly port: number;
  readonly filter: (cluster: string) => Init<typeof ExtAuthzSchema>;
}

const specOf = (policy: Policy): ExternalAuthorizationSpec => policy.spec as unknown as ExternalAuthorizationSpec;

/** The Service that a policy asks. */
export function authorizerService(policy: Policy): { readonly service: ServiceKey; readonly port: number } {
  const { kind = 'Service', name, namespace = policy.namespace, port } = specOf(policy).service;
  return { service: kind === 'Service' ? serviceKey(namespace, name) : externalKey(namespace, name), port };
}

/** How a policy's authorizer is asked. */
export function authorizerOf(policy: Policy): Authorizer {
  const called = authorizerService(policy);
  const spec = specOf(policy);
  const authority = `${spec.service.name}.${spec.service.namespace ?? policy.namespace}.mesh`;
  return { ...called, filter: (cluster) => authorizerFilter(spec, { cluster, authority }) };
}

/** What is said of how somebody is asked. */
export type Asking = Pick<ExternalAuthorizationSpec, 'protocol' | 'grpc' | 'http' | 'forwardBody' | 'timeout' | 'failureMode'>;

/** The filter that asks. */
export function authorizerFilter(spec: Asking, asked: Asked): Init<typeof ExtAuthzSchema> {
  return { ...commonOf(spec), ...askedOf(spec, asked) };
}

function commonOf({ failureMode = 'Deny', forwardBody }: Asking): Init<typeof ExtAuthzSchema> {
  const { maxSize = 0, allowPartial = false } = forwardBody ?? {};
  return {
    transportApiVersion: 2,
    failureModeAllow: failureMode === 'Allow',
    failureModeAllowHeaderAdd: false,
    statusOnError: { code: HttpStatusCode.Forbidden },
    clearRouteCache: false,
    validateMutations: true,
    includePeerCertificate: false,
    statPrefix: 'weft',
    ...(maxSize === 0 ? {} : { withRequestBody: { maxRequestBytes: maxSize, allowPartialMessage: allowPartial, packAsBytes: true } }),
  };
}

export interface Asked {
  readonly cluster: string;
  readonly authority: string;
}

const exactly = (names: readonly string[]) => ({ patterns: names.map((name) => ({ ...stringMatcher('exact', name), ignoreCase: true })) });

function askedOf({ protocol, grpc, http, timeout }: Asking, { cluster, authority }: Asked): Init<typeof ExtAuthzSchema> {
  const patience = duration(timeout === undefined ? TIMEOUT_MS : (parseDuration(timeout) ?? TIMEOUT_MS));
  if (protocol !== 'HTTP') {
    const value = { targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: cluster, authority } }, timeout: patience };
    return { services: { case: 'grpcService', value }, ...(grpc?.allowedHeaders === undefined ? {} : { allowedHeaders: exactly(grpc.allowedHeaders) }) };
  }
  const { path = '', allowedHeaders = USUAL_HEADERS, allowedResponseHeaders } = http ?? {};
  const serverUri = { uri: `http://${authority}`, httpUpstreamType: { case: 'cluster' as const, value: cluster }, timeout: patience };
  const authorizationResponse =
    allowedResponseHeaders === undefined ? {} : { authorizationResponse: { allowedUpstreamHeaders: exactly(allowedResponseHeaders) } };
  const value = { serverUri, pathPrefix: path.replace(/\/+$/, ''), ...authorizationResponse };
  return { services: { case: 'httpService', value }, allowedHeaders: exactly(allowedHeaders) };
}
