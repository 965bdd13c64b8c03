// The door of the mesh: join tokens, the attestors of the operator's file, bans and limits.
import { hostname } from 'node:os';
import type { AttestorSetting } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import {
  AttestLimit,
  type Attestor,
  awsIidAttestor,
  Bans,
  Entrance,
  joinTokenAttestor,
  type KubernetesTokenOptions,
  kubernetesTokenAttestor,
  type PodTokens,
  type Tokens,
} from '../identity/index.ts';
import type { Store } from '../store/index.ts';

export interface EntranceParts {
  readonly tokens: Tokens;
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: readonly AttestorSetting[];
  /** Tokens of a kube cluster's pods, too. */
  readonly pods?: PodTokens | undefined;
}

function attestorOf(setting: AttestorSetting, { store, clock }: EntranceParts): Attestor {
  const { declared } = setting;
  if ('certificates' in setting)
    return awsIidAttestor({ name: declared.name, clock, store, certificates: setting.certificates, rules: setting.declared.rules });
  const { name, issuer, audience, namespaces } = setting.declared;
  return kubernetesTokenAttestor({ name, clock, issuer, audience, namespaces, jwks: setting.jwks as KubernetesTokenOptions['jwks'] });
}

export function openEntrance(parts: EntranceParts): { readonly entrance: Entrance; readonly bans: Bans } {
  const { tokens, store, clock, settings, pods } = parts;
  const bans = new Bans(store, clock, hostname());
  const attestors = [joinTokenAttestor(tokens), ...settings.map((setting) => attestorOf(setting, parts))];
  return { bans, entrance: new Entrance({ tokens, attestors, bans, limit: new AttestLimit(clock), ...(pods === undefined ? {} : { pods }) }) };
}
