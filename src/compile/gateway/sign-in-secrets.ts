// What the proxies of a Gateway need to sign users in: client secrets, and keys for cookies.
import type { Mesh } from '../../model/index.ts';
import { contributionOf, contributionsOf, cookieKey, secretNames } from '../../policy/index.ts';
import { secretText } from '../plan/sign-in.ts';
import type { GatewayPortPlan, GatewaySecretPlan } from './plan.ts';

/** The secrets of the sign-ins of these ports, each once; none where nobody can sign in. */
export function signInSecrets(mesh: Mesh, ports: readonly GatewayPortPlan[]): readonly GatewaySecretPlan[] {
  const found = new Map<string, GatewaySecretPlan>();
  for (const { end } of ports.flatMap(({ chains }) => chains)) {
    if (end.kind !== 'requests') continue;
    for (const { contributions } of end.table.hosts.flatMap(({ routes }) => routes)) {
      const [signIn] = contributionsOf(contributions, 'sign-in');
      if (signIn === undefined || contributionOf(contributions, 'closed') !== undefined) continue;
      const { plan, origin } = signIn;
      const { client, cookies } = secretNames(plan);
      const secret = secretText(mesh, plan.cookieSecret) ?? '';
      found.set(client, { kind: 'text', name: client, text: secretText(mesh, plan.clientSecret) ?? '', origins: [origin] });
      found.set(cookies, { kind: 'text', name: cookies, text: cookieKey(plan, secret), origins: [origin] });
    }
  }
  return [...found.values()];
}
