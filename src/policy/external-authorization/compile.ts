import { always, ExtAuthzSchema, extension } from '../../envoy/index.ts';
import { byAge, type Policy } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { authorizerOf } from './authorizer.ts';
import { AUTHORIZER_FILTERS } from './slots.ts';

/** A cluster without endpoints, which every proxy has. */
const NOBODY = 'unresolved';

const nameOf = ({ kind, namespace, name }: Policy): string => `${kind} ${namespace}/${name}`;

/** Those that are asked at a place, the oldest first; the rest has no filter (WEFT2162), and then nobody is let in. */
export function askedAt({ policies }: Effective): readonly Policy[] {
  return [...new Set(policies)].sort(byAge);
}

/** Authorizers that are asked one after the other; all of them must agree. */
export function compileExternalAuthorization(effective: Effective, site: Site): readonly Contribution[] {
  const asked = askedAt(effective);
  const [first] = asked;
  if (site.protocol === 'tcp' || first === undefined) return [];
  const filters = AUTHORIZER_FILTERS.flatMap((filter, at): Contribution[] => {
    const policy = asked[at];
    if (policy === undefined) return [];
    const authorizer = authorizerOf(policy);
    const { service, port } = authorizer;
    // Somebody who has no filter cannot agree.
    const full = at === AUTHORIZER_FILTERS.length - 1 && asked.length > AUTHORIZER_FILTERS.length;
    const config = (cluster: string) => {
      const filter = full ? { ...authorizer.filter(NOBODY), failureModeAllow: false } : authorizer.filter(cluster);
      return always(extension('envoy.filters.http.ext_authz', ExtAuthzSchema, filter));
    };
    return [{ kind: 'http-filter-to', filter, service, port, config, origin: { ...policy.origin, path: 'spec' } }];
  });
  return [...filters, { kind: 'blame', cause: 'extauthz', policy: asked.map(nameOf).join(', '), origin: first.origin }];
}
