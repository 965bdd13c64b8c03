import { proxyOf } from '../../model/index.ts';
import { isFor, patchesOf } from '../patches.ts';
import { workloadSuffix } from '../plan/names.ts';
import type { Call, ExplainStep } from './explain.ts';

/** ProxyPatches of what the caller's proxy uses for this call. They come last and in Envoy's words, so what they make of it is not worked out here. */
export function patchSteps({ mesh, caller, plan }: Call): readonly ExplainStep[] {
  const role = caller.proxy?.node === undefined ? 'sidecar' : 'node';
  const documents = patchesOf(mesh, { id: proxyOf(caller), role, serves: [caller.key], envoyVersion: '' });
  if (documents.length === 0) return [];
  const used = [
    { type: 'listener', name: `outbound${workloadSuffix(caller.key, role === 'node')}` },
    ...(plan.routesName === '' ? [] : [{ type: 'routes', name: plan.routesName }]),
    { type: 'cluster', name: plan.cluster.name },
    { type: 'endpoints', name: plan.cluster.name },
  ];
  return documents.flatMap(({ entries, policy }) =>
    entries.flatMap((entry) =>
      used
        .filter((resource) => isFor(entry, resource))
        .map(({ type, name }) => ({
          subject: 'patched',
          value: `${type} ${name}`,
          note: `by ProxyPatch ${policy.namespace}/${policy.name}, after everything else: weft proxy-config shows what came of it`,
          origin: entry.at(entry.path),
        })),
    ),
  );
}
