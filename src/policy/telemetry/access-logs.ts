// Which requests to a workload, or through a gateway, are written down, and where. Like metrics it acts where they are told, in the control
// plane; a proxy only hears how many it is to tell.
import type { Mesh, Service, Workload } from '../../model/index.ts';
import { isTold, servicesOfWorkload } from '../../model/index.ts';
import type { Subject } from '../attach.ts';
import type { Effective } from '../effective.ts';
import type { PolicyDefinition } from '../policy.ts';
import { readerOf } from '../read.ts';
import { effectiveAt } from '../resolve.ts';

export interface AccessLogPlace {
  /** OTLP: the collector of the mesh. */
  readonly type: 'Stdout' | 'File' | 'OTLP';
  readonly format: 'JSON' | 'Text';
  /** Of File, below the folder of the namespace. */
  readonly path: string;
}

/** A request is written when one of the conditions holds; without any of them every one is. */
export interface AccessLogRule {
  readonly minStatus: number | undefined;
  readonly slowerMs: number | undefined;
  readonly percent: number | undefined;
  readonly to: readonly AccessLogPlace[];
  /** Of requests, in lower case, sorted. */
  readonly headers: readonly string[];
}

const RULES = new WeakMap<Effective, AccessLogRule | null>();
const STDOUT: AccessLogPlace = { type: 'Stdout', format: 'JSON', path: '' };

interface Written {
  readonly type: 'Stdout' | 'File' | 'OTLP';
  readonly format?: 'JSON' | 'Text';
  readonly path?: string;
}

const placeOf = ({ type, format = 'JSON', path = '' }: Written): AccessLogPlace => ({ type, format, path });

const toldOf = (headers: readonly string[]): readonly string[] => [...new Set(headers.filter(isTold).map((name) => name.toLowerCase()))].sort();

/** Nothing where nobody says a word of it: no request is written down unless somebody wants it. */
function ruleOf(effective: Effective): AccessLogRule | null {
  if (![...effective.fields.keys()].some((path) => path.startsWith('accessLogs'))) return null;
  const read = readerOf(effective);
  if (read.flag('accessLogs.disabled')) return null;
  const to = read.given('accessLogs.to') === undefined ? [STDOUT] : read.list<Written>('accessLogs.to').map(placeOf);
  return {
    minStatus: read.number('accessLogs.when.minStatus'),
    slowerMs: read.ms('accessLogs.when.slowerThan'),
    percent: read.number('accessLogs.when.percent'),
    to,
    headers: read.given('accessLogs.headers') === undefined ? [] : toldOf(read.list<string>('accessLogs.headers')),
  };
}

/** What is called at the workload: its services; itself where it serves none. With what the kept values belong to. */
function subjectsOf(mesh: Mesh, workload: Workload): readonly (readonly [Subject, object])[] {
  const { namespace } = workload;
  if (workload.gateway !== undefined) {
    const name = workload.gateway.split('/')[1] ?? '';
    return [[{ gateway: { namespace, name, listener: '' }, consumer: '' }, workload]];
  }
  const services = servicesOfWorkload(mesh, workload);
  if (services.length === 0) return [[{ workload: { namespace, labels: workload.labels }, consumer: '' }, workload]];
  return services.map((service: Service) => [
    { service: { kind: 'Service', namespace, name: service.name, port: 0, portName: '' }, consumer: '' } as const,
    service,
  ]);
}

/** Rules for what arrives at a workload or enters at a gateway's proxy; none: nothing is written. */
export function accessLogRulesFor(mesh: Mesh, definition: PolicyDefinition, workload: Workload): readonly AccessLogRule[] {
  const rules = subjectsOf(mesh, workload).flatMap(([subject, owner]) => {
    const effective = effectiveAt(mesh, { definition, subject, protocol: 'http', owner });
    const known = RULES.get(effective);
    const rule = known === undefined ? ruleOf(effective) : known;
    RULES.set(effective, rule);
    return rule === null ? [] : [rule];
  });
  return [...new Set(rules)];
}
