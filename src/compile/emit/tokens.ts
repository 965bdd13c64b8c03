// Verifying tokens: what routes require, told to the filter by itself (ECDS), since it keeps keys that no other change should make it fetch again.
import { adsSource, duration, type Init, type JwtAuthenticationSchema, pack, JwtAuthenticationSchema as Schema } from '../../envoy/index.ts';
import { type Contribution, contributionsOf, TOKEN_REQUIREMENT, type TokenCheck, type TokenProvider } from '../../policy/index.ts';
import type { ExtensionInit } from './discovered.ts';

export const TOKEN_FILTER = 'weft.jwt';

export const tokenFilterName = (place: string): string => `${TOKEN_FILTER}/${place}`;

/** The filter, as it stands in a listener. */
export function tokenFilter(place: string) {
  const value = { configSource: adsSource(), typeUrls: [`type.googleapis.com/${Schema.typeName}`] };
  return { name: tokenFilterName(place), configType: { case: 'configDiscovery', value } } as const;
}

/** What it is told. Where nobody says anything the requirement is there all the same, and asks for nothing. */
export function tokenExtension(place: string, contributions: readonly Contribution[]): ExtensionInit {
  const [tokens] = contributionsOf(contributions, 'tokens');
  const { providers = [], optional = true } = tokens?.check ?? {};
  const named = Object.fromEntries(providers.map((provider) => [provider.name, { ...provider.fields, ...keysOf(provider) }]));
  const config: Init<typeof JwtAuthenticationSchema> = {
    providers: named,
    requirementMap: { [TOKEN_REQUIREMENT]: tokens === undefined ? {} : requirementOf({ providers, optional }) },
    // A browser asks without a token whether it may ask.
    bypassCorsPreflight: true,
    stripFailureResponse: false,
    statPrefix: 'weft',
  };
  return { name: tokenFilterName(place), typedConfig: pack(Schema, config) };
}

function requirementOf({ providers, optional }: TokenCheck) {
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
