// What a route sends requests to.
import type { BackendTarget, HttpRoute, ServiceKey } from './entities.ts';
import { externalKey } from './external.ts';
import { serviceKey } from './keys.ts';

/** The Service or ExternalService that a target names, when it is one. */
export function serviceNamed({ group, kind, namespace, name }: Pick<BackendTarget, 'group' | 'kind' | 'namespace' | 'name'>): ServiceKey | undefined {
  if (group === '' && kind === 'Service') return serviceKey(namespace, name);
  return group === 'weft.dev' && kind === 'ExternalService' ? externalKey(namespace, name) : undefined;
}

/** Everything a route sends requests to: backends and mirrors of its rules and of their backends. */
export function targetsOf(route: Pick<HttpRoute, 'rules'>): readonly BackendTarget[] {
  return route.rules.flatMap((rule) =>
    [rule, ...rule.backends].flatMap((each) => [
      ...('target' in each ? [each.target] : []),
      ...(each.externalAuth === undefined ? [] : [each.externalAuth.backend]),
      ...each.mirrors.map((mirror) => mirror.backend),
    ]),
  );
}
