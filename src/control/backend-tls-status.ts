// The status of a BackendTLSPolicy, word for word as Gateway API has it (PolicyStatus): for each Gateway that connects to a target of it.
import type { BackendTlsReport } from '../compile/index.ts';
import { type GatewayKey, OUR_CONTROLLERS } from '../model/index.ts';
import { CONTROLLER_NAME, conditionsIn, type Draft, dated, type Findings, statusOf } from './conditions.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Gateway API allows so many. */
const MOST_ANCESTORS = 16;

function drafts({ rival, references, nobody }: BackendTlsReport): readonly Draft[] {
  const told = references.map(({ message }) => message).join('; ');
  const no = (type: string, reason: string, message: string): Draft => ({ type, status: 'False', reason, message });
  const [first] = references;
  const accepted =
    rival !== undefined
      ? no('Accepted', 'Conflicted', `BackendTLSPolicy ${rival} is for the same target and older`)
      : nobody
        ? no('Accepted', 'NoValidCACertificate', `nobody is left to believe, so connections fail: ${told}`)
        : ({ type: 'Accepted', status: 'True', reason: 'Accepted', message: 'understood' } as const);
  const resolved =
    first === undefined
      ? ({ type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'everything it names exists' } as const)
      : no('ResolvedRefs', first.reason, told);
  return [accepted, resolved];
}

/** The conditions of the document itself, and `ancestors`; those of other controllers stay. */
export function backendTlsStatus(
  findings: Findings,
  report: BackendTlsReport | undefined,
  controllerOf: (gateway: GatewayKey) => string = () => CONTROLLER_NAME,
): Fields {
  const status = statusOf(findings);
  if (report === undefined) return status;
  const { document, now } = findings;
  const known = Array.isArray(document.status?.['ancestors']) ? (document.status['ancestors'] as readonly Fields[]) : [];
  const foreign = known.filter((each) => !OUR_CONTROLLERS.has(String(each['controllerName'])));
  const own = report.gateways.slice(0, MOST_ANCESTORS - foreign.length).map((id) => {
    const [namespace = '', name = ''] = id.split('/');
    const mine = known.find((each) => OUR_CONTROLLERS.has(String(each['controllerName'])) && isRefTo(each['ancestorRef'], namespace, name));
    const before = conditionsIn(mine?.['conditions']);
    return {
      ancestorRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace, name },
      controllerName: controllerOf(id),
      conditions: drafts(report).map((draft) => dated(draft, before, document.metadata.generation ?? 0, now)),
    };
  });
  return { ...status, ancestors: [...foreign, ...own] };
}

function isRefTo(ref: unknown, namespace: string, name: string): boolean {
  const { namespace: itsNamespace, name: itsName } = (ref ?? {}) as { readonly namespace?: unknown; readonly name?: unknown };
  return itsNamespace === namespace && itsName === name;
}
