// What the management API is told of the control plane itself.
import type { ControlPlane, Machines } from '../control/index.ts';
import type { CaDesk, ManagePorts } from '../manage/index.ts';
import type { Store } from '../store/index.ts';
import type { Metrics, Records, Traces } from '../telemetry/index.ts';
import type { Health } from './health.ts';
import { listens } from './listens.ts';
import { type FamilyParts, familiesOf } from './own-metrics/families.ts';
import type { OwnMeters } from './own-metrics/meters.ts';
import { pilotFamilies } from './own-metrics/pilot.ts';
import { WEFT_VERSION } from './version.ts';

export type OwnPorts = Pick<ManagePorts, 'mesh' | 'health' | 'ready' | 'machines' | 'families'>;

export interface OwnParts {
  readonly plane: ControlPlane;
  readonly machines: Machines;
  readonly health: Health;
  /** Where proxies connect. */
  readonly xdsAddress: string;
  readonly meters: OwnMeters;
  readonly store: Pick<Store, 'revision'>;
  readonly ca: CaDesk;
  readonly records: Pick<Records, 'kept'>;
  readonly traces: Pick<Traces, 'kept'>;
  readonly metrics: Pick<Metrics, 'kept'>;
  /** What else stands against being asked, by name. */
  readonly unready: () => readonly string[];
  /** Also under the names that dashboards for Istio read. */
  readonly pilotNames: boolean;
}

export function ownPorts(parts: OwnParts): OwnPorts {
  const { plane, machines, health, xdsAddress, meters, store, ca, pilotNames } = parts;
  const asked = { plane, health, meters, version: WEFT_VERSION, revision: () => store.revision, ca: () => ca.view(), lost: () => lostOf(parts) };
  return {
    mesh: () => plane.mesh,
    health: () => health.view(),
    ready: () => unready(health, xdsAddress, parts.unready()),
    machines,
    families: async () => {
      const families = await familiesOf(asked);
      return pilotNames ? [...families, ...pilotFamilies(families)] : families;
    },
  };
}

/** A part that does not answer is left out. */
async function lostOf({ records, traces, metrics }: Pick<OwnParts, 'records' | 'traces' | 'metrics'>): ReturnType<FamilyParts['lost']> {
  const asked = {
    records: () => records.kept(),
    spans: () => traces.kept(),
    metrics: async () => {
      const { points, lost, undelivered } = await metrics.kept();
      return { received: points, lost: { ...lost, undeliveredLogs: undelivered.logs, undeliveredSpans: undelivered.spans } };
    },
  };
  const each = await Promise.all(
    Object.entries(asked).map(async ([what, ask]) => {
      const kept = await ask().catch(() => undefined);
      return kept === undefined ? [] : [{ what, received: kept.received, lost: { ...kept.lost } }];
    }),
  );
  return each.flat();
}

/** What stands against being asked: the mesh was compiled before anybody could ask. */
async function unready(health: Health, xdsAddress: string, others: readonly string[]): Promise<readonly string[]> {
  const [store, proxies] = await Promise.all([health.storeProblem(), listens(xdsAddress)]);
  return [...(store === '' ? [] : ['store']), ...(proxies ? [] : ['proxies']), ...others];
}
