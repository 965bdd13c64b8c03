import type { Report } from './kind.ts';
import { GATEWAY_API, type ParentRefSpec, parentKindOf } from './parent-ref.ts';

/** parentRefs of any kind of route: a route of nothing, and parents that are none. */
export function checkParentRefs(refs: readonly ParentRefSpec[], report: Report): void {
  if (refs.length === 0) report('WEFT1401', 'spec', 'the route has no parentRefs, so it has no effect');
  for (const [at, parent] of refs.entries()) {
    const path = `spec.parentRefs[${at}]`;
    if (parentKindOf(parent) !== undefined) continue;
    if (parent.kind === 'Service')
      report(
        'WEFT1401',
        path,
        `a Service has group "", not "${parent.group}": the route is not attached to it`,
        `write group: "" in this parentRef (it defaults to ${GATEWAY_API})`,
      );
    else {
      const group = parent.group === GATEWAY_API ? '' : `${parent.group}/`;
      report('WEFT1401', path, `${group}${parent.kind} "${parent.name}" cannot be a parent: a parent is a Service, a Gateway or a ListenerSet`);
    }
  }
}

interface RouteFrame {
  readonly parentRefs: readonly ParentRefSpec[];
  readonly useDefaultGateways?: 'All' | 'None' | undefined;
  readonly hostnames?: readonly string[] | undefined;
}

/** What stands around the rules of a route that has host names. */
export function checkRouteFrame(spec: RouteFrame, report: Report): void {
  checkParentRefs(spec.parentRefs, report);
  if (spec.hostnames !== undefined && spec.hostnames.length > 0 && spec.parentRefs.some((parent) => parentKindOf(parent) === 'Service'))
    report('WEFT1211', 'spec.hostnames', 'spec.hostnames is ignored for a Service as parent: the service that is called decides, not the Host header');
  if (spec.useDefaultGateways === 'All')
    report(
      'WEFT1211',
      'spec.useDefaultGateways',
      'spec.useDefaultGateways is ignored: this version of Weft has no default gateways; name the Gateway in parentRefs',
    );
}
