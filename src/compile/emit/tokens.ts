// Verifying tokens: what routes require, told to the filter by itself (ECDS), since it keeps keys that no other change should make it fetch again.
import { byCodeUnit } from '../../base/index.ts';
import {
  adsSource,
  duration,
  HttpRbacSchema,
  type Init,
  type JwtAuthenticationSchema,
  type JwtRequirementSchema,
  named,
  pack,
  RBAC_Action,
  JwtAuthenticationSchema as Schema,
} from '../../envoy/index.ts';
import { type Contribution, contributionsOf, TOKEN_METADATA, TOKEN_REQUIREMENT, type TokenCheck, type TokenProvider } from '../../policy/index.ts';
import type { ExtensionInit } from './discovered.ts';

export const TOKEN_FILTER = 'weft.jwt';

export const tokenFilterName = (place: string): string => `${TOKEN_FILTER}/${place}`;

/** The filter, as it stands in a listener. */
export function tokenFilter(place: string) {
  const value = { configSource: adsSource(), typeUrls: [`type.googleapis.com/${Schema.typeName}`] };
  return { name: tokenFilterName(place), configType: { case: 'configDiscovery', value } } as const;
}

/** The name of the rule, which is what the details of its answers say. */
export const CRITICAL = 'weft/token-crit';

/**
 * Refuses a token whose header says that something in it must be understood (`crit`): Envoy's verifier understands no such thing and takes the token all the
 * same, so it stands behind it, switched on by the same routes. https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11
 */
export function criticalFilter() {
  const path = [TOKEN_METADATA.header, 'crit'].map((key) => ({ segment: { case: 'key' as const, value: key } }));
  const metadataMatcher = { filter: TOKEN_METADATA.namespace, path, value: { matchPattern: { case: 'presentMatch' as const, value: true } } };
  const rule = {
    permissions: [{ rule: { case: 'any' as const, value: true } }],
    principals: [{ identifier: { case: 'sourcedMetadata' as const, value: { metadataMatcher } } }],
  };
  return named('weft.jwt_crit', HttpRbacSchema, { rules: { action: RBAC_Action.DENY, policies: { [CRITICAL]: rule } }, rulesStatPrefix: 'crit_' });
}

/** What it is told, for all routes of a place. Where nobody says anything the requirement is there all the same, and asks for nothing. */
export function tokenExtension(place: string, routes: Iterable<readonly Contribution[]>): ExtensionInit {
  const checks = [...routes].flatMap((contributions) => contributionsOf(contributions, 'tokens').map(({ check }) => check));
  const providers = sorted(checks.flatMap((check) => check.providers.map((each) => [each.name, { ...each.fields, ...keysOf(each) }] as const)));
  const requirements = sorted(checks.map((check) => [check.requirement, requirementOf(check)] as const));
  const config: Init<typeof JwtAuthenticationSchema> = {
    providers,
    requirementMap: { [TOKEN_REQUIREMENT]: {}, ...requirements },
    // A browser asks without a token whether it may ask.
    bypassCorsPreflight: true,
    stripFailureResponse: false,
    statPrefix: 'weft',
  };
  return { name: tokenFilterName(place), typedConfig: pack(Schema, config) };
}

const sorted = <T>(entries: readonly (readonly [string, T])[]): { [name: string]: T } => Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));

function requirementOf({ providers, optional }: TokenCheck): Init<typeof JwtRequirementSchema> {
  const each = providers.map(({ name }) => ({ requiresType: { case: 'providerName' as const, value: name } }));
  const [only] = each;
  if (!optional && each.length === 1 && only !== undefined) return only;
  const missing = optional ? [{ requiresType: { case: 'allowMissing' as const, value: {} } }] : [];
  return { requiresType: { case: 'requiresAny' as const, value: { requirements: [...each, ...missing] } } };
}

/** Keys are fetched when one is needed and the last ones are too old: what cannot be fetched then is not believed any longer. */
function keysOf({ remote }: TokenProvider) {
  if (remote === undefined) return {};
  const { uri, timeoutMs, cacheMs, cluster = '' } = remote;
  const httpUri = { uri, httpUpstreamType: { case: 'cluster' as const, value: cluster }, timeout: duration(timeoutMs) };
  const retryPolicy = { numRetries: 1 };
  return { jwksSourceSpecifier: { case: 'remoteJwks' as const, value: { httpUri, cacheDuration: duration(cacheMs), retryPolicy } } };
}
