import { byCodeUnit, type Diagnostic } from '../../base/index.ts';
import { diagnostic, type Mesh, type Subset, selects, workloadsOfService } from '../../model/index.ts';

/** A Subset of a Service that is not there, or one without workloads. */
export function subsetDiagnostics(mesh: Mesh, subset: Subset): readonly Diagnostic[] {
  const service = mesh.services.get(subset.service);
  if (service === undefined) return [diagnostic('WEFT1322', { ...subset.origin, path: 'spec.service' }, `Service ${subset.service} does not exist`)];
  if (workloadsOfService(mesh, service).some((workload) => workload.state === 'Ready' && selects(subset.selector, workload.labels))) return [];
  const labels = Object.entries(subset.selector).map(([key, value]) => `${key}=${value}`);
  const place = { ...subset.origin, path: 'spec.selector' };
  return [diagnostic('WEFT1322', place, `no ready workload of Service ${subset.service} has ${labels.sort(byCodeUnit).join(', ')}`)];
}
