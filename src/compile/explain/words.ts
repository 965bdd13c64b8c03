// How plans are said: short, units always, the same words everywhere.
import { type RouteMatch, type StringMatch, splitServiceKey } from '../../model/index.ts';
import type { RoutePlan, WeightedBackend } from '../plan.ts';

/** `checkout-v2.shop:80`. */
export function backendName({ service, port, host }: WeightedBackend): string {
  if (host !== undefined) return `${host}:${port}`;
  const { namespace, name } = splitServiceKey(service);
  return `${name}.${namespace}:${port}`;
}

const said = (name: string, { kind, value }: StringMatch): string => (kind === 'exact' ? `${name}=${value}` : `${name}~${value}`);

/** The conditions of a match; `every request` when it has none. */
export function conditionText({ path, method, headers, query }: RouteMatch): string {
  const conditions = [
    ...(path.kind === 'pathPrefix' && path.value === '/'
      ? []
      : [path.kind === 'exact' ? `path ${path.value}` : `path ${path.kind === 'regex' ? '~' : 'under '}${path.value}`]),
    ...(method === undefined ? [] : [`method ${method}`]),
    ...headers.map(({ name, match }) => `header ${said(name, match)}`),
    ...query.map(({ name, match }) => `query ${said(name, match)}`),
  ];
  return conditions.length === 0 ? 'every request' : conditions.join(', ');
}

/** Shares of a rule's backends: `90 % checkout-v1.shop:80, 10 % checkout-v2.shop:80`. */
export function sharesText(backends: readonly WeightedBackend[]): string {
  return shares(backends)
    .map(({ backend, percent }) => `${percent} ${backendName(backend)}${backend.unresolved === undefined ? '' : ' (500)'}`)
    .join(', ');
}

export function shares(backends: readonly WeightedBackend[]): readonly { readonly backend: WeightedBackend; readonly percent: string }[] {
  const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
  return backends.filter((backend) => backend.weight > 0).map((backend) => ({ backend, percent: percentText(backend.weight / total) }));
}

function percentText(share: number): string {
  const percent = share * 100;
  return `${Number.isInteger(percent) ? percent : percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

export function ruleName(route: RoutePlan): string {
  return /^\d+$/.test(route.rule) ? `rule ${route.rule}` : `rule "${route.rule}"`;
}

/** What a route does, in one line. */
export function outcomeText(route: RoutePlan): string {
  return route.action.kind === 'unresolved' ? `${route.action.status}, ${route.action.why}` : sharesText(route.action.backends);
}
