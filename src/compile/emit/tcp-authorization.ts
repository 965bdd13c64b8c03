// AuthorizationPolicies on a TCP port: whom the handshake lets in, and the filters for what a list of names cannot say. Both are part of the port's own filter
// chain: a change of them ends the connections of that chain (after the drain time) and of no other.
import type { NamedConfig } from '../../envoy/index.ts';
import { type Contribution, contributionOf, contributionsOf } from '../../policy/index.ts';
import type { Identity } from './tls.ts';

/** The identities of a list; undefined where everybody of the mesh may connect. */
export function callersOf(contributions: readonly Contribution[]): readonly Identity[] | undefined {
  const list = contributionOf(contributions, 'callers')?.matches;
  return list?.flatMap((match) =>
    match.kind === 'exact' || match.kind === 'prefix' || match.kind === 'suffix' || match.kind === 'contains' ? [{ kind: match.kind, value: match.value }] : [],
  );
}

/** In front of everything else: who may not connect takes no slot of a limit. */
export function authorizers(contributions: readonly Contribution[]): readonly NamedConfig[] {
  return contributionsOf(contributions, 'network-filter').map(({ filter, config }) => ({ name: filter, configType: { case: 'typedConfig', value: config } }));
}
