import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { diagnostic, type ServiceKey } from '../../model/index.ts';
import type { Survey } from './findings.ts';

/** WEFT1907: circles through these services, each told once, at the document that declares its first call. */
export function cycleFindings({ graph }: Survey, services: readonly ServiceKey[]): readonly Diagnostic[] {
  const told = new Set<string>();
  return services.flatMap((start) => {
    const circle = circleThrough(start, (service) => graph.from(service).map((call) => call.to));
    if (circle === undefined) return [];
    const id = [...circle].sort(byCodeUnit).join(' ');
    if (told.has(id)) return [];
    told.add(id);
    const because = graph.from(start).find((call) => call.to === circle[1])?.because ?? { kind: 'Service', ...splitKey(start), path: '' };
    const names = [...circle, start].map((each) => each.slice(each.indexOf('/') + 1)).join(' → ');
    return [diagnostic('WEFT1907', because, `${names} call each other in a circle`)];
  });
}

function splitKey(key: ServiceKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** A shortest way from the service back to itself. */
function circleThrough(start: ServiceKey, next: (service: ServiceKey) => readonly ServiceKey[]): readonly ServiceKey[] | undefined {
  const cameFrom = new Map<ServiceKey, ServiceKey>();
  const queue: ServiceKey[] = [start];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const to of next(here)) {
      if (to === start) return wayTo(here, start, cameFrom);
      if (cameFrom.has(to)) continue;
      cameFrom.set(to, here);
      queue.push(to);
    }
  }
  return undefined;
}

function wayTo(end: ServiceKey, start: ServiceKey, cameFrom: ReadonlyMap<ServiceKey, ServiceKey>): readonly ServiceKey[] {
  const way: ServiceKey[] = [];
  for (let at: ServiceKey | undefined = end; at !== undefined && at !== start; at = cameFrom.get(at)) way.unshift(at);
  return [start, ...way];
}
