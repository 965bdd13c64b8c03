// Whom filters call while a request passes, by policy kind.
import type { Policy, Protocol, ServiceKey } from '../model/index.ts';
import { processorOf, processorPortOf } from './extension/compile.ts';
import { EXTENSION_POLICY } from './extension/index.ts';
import { authorizerService } from './external-authorization/authorizer.ts';
import { EXTERNAL_AUTHORIZATION_POLICY } from './external-authorization/index.ts';
import { REQUEST_AUTHENTICATION_POLICY } from './request-authentication/index.ts';
import type { RequestAuthenticationSpec } from './request-authentication/schema.ts';

export interface Callee {
  readonly service: ServiceKey;
  readonly port: number;
  /** The field that names it. */
  readonly path: string;
  /** What it must speak. */
  readonly speaks: readonly Protocol[];
}

/** Services that a policy names. */
export function calledBy(policy: Policy): readonly Callee[] {
  if (policy.kind === EXTERNAL_AUTHORIZATION_POLICY) {
    const called = authorizerService(policy);
    const speaks = policy.spec['protocol'] === 'HTTP' ? (['http', 'grpc', 'h2c'] as const) : (['grpc', 'h2c'] as const);
    return [{ ...called, path: 'spec.service', speaks }];
  }
  const service = policy.kind === EXTENSION_POLICY ? processorOf(policy) : undefined;
  return service === undefined ? [] : [{ service, port: processorPortOf(policy) ?? 0, path: 'spec.extProc.service', speaks: ['grpc', 'h2c'] }];
}

/** Addresses of keys. */
export function keysUrisOf({ kind, spec }: Policy): readonly string[] {
  if (kind !== REQUEST_AUTHENTICATION_POLICY) return [];
  return ((spec as unknown as RequestAuthenticationSpec).issuers ?? []).flatMap(({ keys }) => keys.remote?.uri ?? []);
}
