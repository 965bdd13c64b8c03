import type { Workload } from './entities.ts';

/** What instances that are the same to people have in common, as Istio's telemetry names it. */
export interface CanonicalName {
  /** Name of the workload without what tells its instances apart: `checkout-v2`. */
  readonly workload: string;
  /** `checkout`. */
  readonly service: string;
  /** `v2`; `unknown` where no label says. */
  readonly version: string;
}

export const UNKNOWN = 'unknown';

const SERVICE = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];
const VERSION = ['service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version'];

function first(labels: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  return names.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
}

/** By labels, else the service account, else (for the account that everybody has) the name. https://istio.io/latest/docs/reference/config/metrics/ */
export function canonicalName({ labels, serviceAccount, name, gateway }: Pick<Workload, 'labels' | 'serviceAccount' | 'name' | 'gateway'>): CanonicalName {
  const account = serviceAccount === 'default' || serviceAccount === '' ? name : serviceAccount;
  const service = first(labels, SERVICE) ?? (gateway === undefined ? account : gateway.slice(gateway.indexOf('/') + 1));
  const version = first(labels, VERSION);
  return { workload: version === undefined ? service : `${service}-${version}`, service, version: version ?? UNKNOWN };
}
