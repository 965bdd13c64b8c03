import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import type { ExternalAuthorizationSpec } from './schema.ts';

/** `asks authz.shop:9000`. */
export function externalAuthorizationWords({ policies }: Effective, { protocol }: Site): PolicyWords | undefined {
  if (protocol === 'tcp' || policies.length === 0) return undefined;
  const asked = [...new Set(policies)].flatMap((policy) => {
    const { service, failureMode } = policy.spec as unknown as ExternalAuthorizationSpec;
    return [
      `${service.namespace ?? policy.namespace}/${service.name}:${service.port}${failureMode === 'Allow' ? ' (everybody is let in while it cannot be asked)' : ''}`,
    ];
  });
  return { value: `asks ${asked.join(', then ')}`, path: 'service' };
}
