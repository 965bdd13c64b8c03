// The policies there are. To add one: write its folder, add its line.
import { authorizationPolicy } from './authorization/index.ts';
import { circuitBreakerPolicy } from './circuit-breaker/index.ts';
import { connectionPolicy } from './connection/index.ts';
import { extensionPolicy } from './extension/index.ts';
import { externalAuthorizationPolicy } from './external-authorization/index.ts';
import { faultPolicy } from './fault/index.ts';
import { healthCheckPolicy } from './health-check/index.ts';
import { loadBalancingPolicy } from './load-balancing/index.ts';
import { mutualTlsPolicy } from './mutual-tls/index.ts';
import { objectivePolicy } from './objective/index.ts';
import { oidcPolicy } from './oidc/index.ts';
import type { PolicyDefinition } from './policy.ts';
import { proxyPatch } from './proxy-patch/index.ts';
import { rateLimitPolicy } from './rate-limit/index.ts';
import { requestAuthenticationPolicy } from './request-authentication/index.ts';
import { retryPolicy } from './retry/index.ts';
import { telemetryPolicy } from './telemetry/index.ts';
import { timeoutPolicy } from './timeout/index.ts';

export const POLICIES: readonly PolicyDefinition[] = [
  timeoutPolicy,
  retryPolicy,
  loadBalancingPolicy,
  circuitBreakerPolicy,
  healthCheckPolicy,
  connectionPolicy,
  faultPolicy,
  rateLimitPolicy,
  mutualTlsPolicy,
  oidcPolicy,
  requestAuthenticationPolicy,
  externalAuthorizationPolicy,
  proxyPatch,
  extensionPolicy,
  authorizationPolicy,
  telemetryPolicy,
  objectivePolicy,
];
