// Workloads: who is outside of the mesh, who stands behind what, who stands in whose way.
import { isMirrored, type Mesh, type Workload } from '../../model/index.ts';
import type { Check, Facts, Found } from './check.ts';

const NOT_MIRRORED: Parameters<typeof isMirrored>[0] = { metadata: { name: '', namespace: '', labels: {}, annotations: {} } };
const UNKNOWN = 'it is not known here';
const workloadObject = ({ namespace, name }: Pick<Workload, 'namespace' | 'name'>): Found['object'] => ({ kind: 'Workload', namespace, name });

const of =
  (look: (mesh: Mesh, facts: Facts) => readonly Found[]): Check['look'] =>
  (facts) =>
    facts.mesh === undefined ? UNKNOWN : look(facts.mesh, facts);

export const workloadsMeshed: Check = {
  id: 'workloads-meshed',
  section: 'workloads',
  words: 'every workload has a proxy',
  look: of((mesh, { document }) =>
    [...mesh.workloads.values()]
      .filter(({ proxy, gateway }) => proxy === undefined && gateway === undefined)
      // Of pods another check speaks: most of a kube cluster may well stand outside.
      .filter(({ namespace, name }) => !isMirrored(document({ kind: 'Workload', namespace, name }) ?? NOT_MIRRORED))
      .map((workload) => ({
        code: 'WEFT2376',
        object: workloadObject(workload),
        words: `${workload.key} has no proxy: calls to it are in plaintext, and no policy of it holds`,
        at: workload.origin,
        next: `weft run --service ${workload.name} -n ${workload.namespace} -- COMMAND`,
      })),
  ),
};

/** A machine lends each port to one process; of two that registered the same, one does not listen. */
export const portsFree: Check = {
  id: 'ports-free',
  section: 'workloads',
  words: 'no two workloads claim the same port of a machine',
  look: of((mesh) => {
    const claims = new Map<string, Workload>();
    // Several Services of a cluster may lead to one address outside the mesh.
    const own = [...mesh.workloads.values()].filter(({ plaintext }) => plaintext !== true);
    return own.flatMap((workload) =>
      workload.ports.flatMap(({ proxyPort }): readonly Found[] => {
        const place = `${workload.address}:${proxyPort}`;
        const other = claims.get(place);
        if (other === undefined || other.key === workload.key) {
          claims.set(place, workload);
          return [];
        }
        const words = `${workload.key} and ${other.key} both claim ${place}`;
        return [
          {
            code: 'WEFT2381',
            object: workloadObject(workload),
            which: place,
            words,
            at: workload.origin,
            next: `weft describe workload ${workload.name} -n ${workload.namespace}`,
          },
        ];
      }),
    );
  }),
};

const TYPE_PROGRAMMED = 'Programmed';

export const gatewaysServed: Check = {
  id: 'gateways-served',
  section: 'workloads',
  words: 'every Gateway has a proxy and an address',
  look: of((mesh, { document }) =>
    [...mesh.gateways.values()].flatMap(({ namespace, name }): readonly Found[] => {
      const { status } = document({ kind: 'Gateway', namespace, name }) ?? {};
      const conditions = Array.isArray(status?.['conditions']) ? (status['conditions'] as readonly Record<string, unknown>[]) : [];
      const bad = conditions.find(({ type, status: said }) => type === TYPE_PROGRAMMED && said === 'False');
      if (bad === undefined) return [];
      const since = Date.parse(String(bad['lastTransitionTime']));
      return [
        {
          code: 'WEFT2380',
          object: { kind: 'Gateway', namespace, name },
          words: `Gateway ${namespace}/${name} takes no requests: ${String(bad['message'])}`,
          ...(Number.isNaN(since) ? {} : { since }),
          next: `weft gateway --name ${name} -n ${namespace}`,
        },
      ];
    }),
  ),
};
