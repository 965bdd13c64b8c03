// The status of Gateways, ListenerSets and GatewayClasses, word for word as Gateway API has it.
import type { GatewayReport, ListenerReport, ListenerSetReport } from '../compile/index.ts';
import { DEPLOYING_CONTROLLER, GATEWAY_CONTROLLER, isIpv4, isIpv6, OUR_CONTROLLERS, SUPPORTED_FEATURES } from '../model/index.ts';
import { type Condition, conditionsIn, type Draft, dated, type Findings, programmed, told } from './conditions.ts';

type Status = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

const yes = (type: string, reason: string, message = ''): Draft => ({ type, status: 'True', reason, message });
const no = (type: string, reason: string, message: string): Draft => ({ type, status: 'False', reason, message });

/** Conditions of ours in their order, then those of others as they were. A draft of ours that is not there any more goes. */
function merged(findings: Findings, drafts: readonly Draft[], known: unknown, ours: readonly string[]): readonly Condition[] {
  const before = conditionsIn(known);
  const generation = findings.document.metadata.generation ?? 0;
  const kept = before.filter((one) => !ours.includes(one.type));
  return [...drafts.map((draft) => dated(draft, before, generation, findings.now)), ...kept];
}

const LISTENER_CONDITIONS = ['Accepted', 'Programmed', 'ResolvedRefs', 'Conflicted', 'OverlappingTLSConfig'];
const GATEWAY_CONDITIONS = ['Accepted', 'Programmed', 'ResolvedRefs', 'InsecureFrontendValidationMode'];

const messagesOf = (problems: ListenerReport['problems']): string => problems.map(({ message }) => message).join('; ');

function listenerDrafts({ problems, overlap, served }: ListenerReport, whole: Draft): readonly Draft[] {
  const [conflict] = problems.filter(({ condition }) => condition === 'Conflicted');
  const against = problems.filter(({ condition }) => condition !== 'ResolvedRefs');
  const unresolved = problems.filter(({ condition }) => condition === 'ResolvedRefs');
  const [first] = against;
  const [ref] = unresolved;
  return [
    first === undefined ? yes('Accepted', 'Accepted', 'understood') : no('Accepted', first.reason, messagesOf(against)),
    served ? { ...whole, type: 'Programmed' } : no('Programmed', conflict?.reason ?? 'Invalid', messagesOf(problems)),
    ref === undefined ? yes('ResolvedRefs', 'ResolvedRefs', 'everything it names exists') : no('ResolvedRefs', ref.reason, messagesOf(unresolved)),
    conflict === undefined ? no('Conflicted', 'NoConflicts', 'it can be told apart from the others') : yes('Conflicted', conflict.reason, conflict.message),
    ...(overlap === undefined ? [] : [yes('OverlappingTLSConfig', overlap.reason, overlap.message)]),
  ];
}

function listenerStatuses(findings: Findings, reports: readonly ListenerReport[], whole: Draft): readonly unknown[] {
  const known = Array.isArray(findings.document.status?.['listeners']) ? (findings.document.status['listeners'] as readonly Fields[]) : [];
  return reports.map((report) => {
    const before = known.find((each) => each['name'] === report.name);
    const conditions = merged(findings, listenerDrafts(report, whole), before?.['conditions'], LISTENER_CONDITIONS);
    return { name: report.name, supportedKinds: report.kinds, attachedRoutes: report.attachedRoutes, conditions };
  });
}

/** Whether what its listeners come to is accepted: some may be in conflict, as long as one is left. */
function acceptedDraft(listeners: readonly ListenerReport[]): Draft {
  const against = listeners.filter(({ problems }) => problems.some(({ condition }) => condition !== 'ResolvedRefs'));
  if (against.length === 0) return yes('Accepted', 'Accepted', 'understood');
  const words = against.map(({ name, problems }) => `listener "${name}": ${messagesOf(problems)}`).join('; ');
  return against.length === listeners.length ? no('Accepted', 'ListenersNotValid', words) : yes('Accepted', 'ListenersNotValid', words);
}

function refusedDraft({ refusals }: Pick<GatewayReport, 'refusals'>): Draft | undefined {
  const [first] = refusals;
  return first === undefined ? undefined : no('Accepted', first.reason, refusals.map(({ message }) => message).join('; '));
}

/** Envoy's words when a machine does not let it have a port. */
const CANNOT_BIND = /cannot bind '([^']+)': ([^\n]+)/;

/** Where clients are to reach it, before anything else: a Gateway without an address is of no use to anybody. */
function addressDraft({ deployed, addresses }: Pick<GatewayReport, 'deployed' | 'addresses'>): Draft | undefined {
  if (deployed === undefined) return undefined;
  const { lacking, services } = deployed;
  if (lacking.length > 0)
    return no('Programmed', 'AddressNotUsable', `${lacking.join(', ')} ${lacking.length === 1 ? 'is' : 'are'} not given to it by its Service`);
  if (addresses.length > 0) return undefined;
  return no('Programmed', 'AddressNotAssigned', services.length === 0 ? 'it has no Service yet' : `its Service ${services.join(', ')} has no address yet`);
}

/**
 * Proxies that are connected to another replica of the control plane are not counted here. Programmed means that there is a configuration which the data plane
 * is assumed to run soon (Gateway API, GatewayConditionProgrammed), and their pods are ready.
 */
function elsewhere(draft: Draft, ready: number): Draft {
  if (draft.status !== 'Unknown' || ready === 0) return draft;
  return yes('Programmed', 'Programmed', `${ready} of its pods ${ready === 1 ? 'is' : 'are'} ready, connected to another replica of the control plane`);
}

type Served = Pick<GatewayReport, 'listeners' | 'proxies' | 'ready' | 'deployed' | 'addresses' | 'refusals'>;

function programmedDraft(findings: Findings, report: Served): Draft {
  if (report.refusals.length > 0) return no('Programmed', 'Invalid', 'it is not accepted');
  if (!report.listeners.some(({ served }) => served)) return no('Programmed', 'Invalid', 'none of its listeners can be served');
  const { name, namespace } = findings.document.metadata;
  const address = addressDraft(report);
  if (address !== undefined) return address;
  if (report.proxies === 0 && report.deployed !== undefined)
    return no('Programmed', 'NoResources', `no pod of its Deployment ${namespace}/${report.deployed.name} is there yet`);
  if (report.proxies === 0) return no('Programmed', 'NoResources', `no proxy serves it: weft gateway --name ${name} -n ${namespace}`);
  const draft = programmed(findings.programmed, findings.diagnostics);
  if (draft === undefined) return { type: 'Programmed', status: 'Unknown', reason: 'Pending', message: 'its proxies are on their way' };
  const bind = CANNOT_BIND.exec(draft.message);
  return bind === null ? elsewhere(draft, report.ready) : no('Programmed', 'AddressNotUsable', draft.message);
}

/** Status of a Gateway; of one that belongs to somebody else, what it had. */
export function gatewayStatus(findings: Findings, report: GatewayReport | undefined): Status {
  const { document, diagnostics } = findings;
  if (report === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const drafts = [no('Accepted', 'Invalid', told(errors)), no('Programmed', 'Invalid', 'the document has errors')];
    return { ...document.status, conditions: merged(findings, drafts, document.status?.['conditions'], GATEWAY_CONDITIONS) };
  }
  if (report.ours === 'foreign') return { ...document.status };
  if (report.ours === 'unknown') {
    const waiting: Draft = { type: 'Accepted', status: 'Unknown', reason: 'Pending', message: told(diagnostics) };
    return {
      ...document.status,
      conditions: merged(findings, [waiting, { ...waiting, type: 'Programmed' }], document.status?.['conditions'], GATEWAY_CONDITIONS),
    };
  }
  const whole = programmedDraft(findings, report);
  const unresolved = report.listeners.filter(({ problems }) => problems.some(({ condition }) => condition === 'ResolvedRefs'));
  const drafts = [
    refusedDraft(report) ?? acceptedDraft(report.listeners),
    whole,
    report.clientCertificate !== undefined
      ? no('ResolvedRefs', report.clientCertificate.reason, report.clientCertificate.message)
      : unresolved.length === 0
        ? yes('ResolvedRefs', 'ResolvedRefs', 'everything it names exists')
        : no('ResolvedRefs', 'ListenersNotResolved', unresolved.map(({ name, problems }) => `listener "${name}": ${messagesOf(problems)}`).join('; ')),
    ...(report.insecure ? [yes('InsecureFrontendValidationMode', 'ConfigurationChanged', 'clients without a valid certificate are let in')] : []),
  ];
  return {
    ...document.status,
    addresses: report.addresses.map((value) => ({ type: isIpv4(value) || isIpv6(value) ? 'IPAddress' : 'Hostname', value })),
    conditions: merged(findings, drafts, document.status?.['conditions'], GATEWAY_CONDITIONS),
    listeners: listenerStatuses(findings, report.listeners, whole),
    attachedListenerSets: report.attachedSets,
  };
}

const UNATTACHED = {
  missing: { reason: 'ParentNotAccepted', message: 'its Gateway does not exist' },
  'not allowed': { reason: 'NotAllowed', message: 'its Gateway does not take ListenerSets of this namespace (allowedListeners)' },
} as const;

/** What stands against each of its listeners. */
function whyNone(listeners: readonly ListenerReport[]): string {
  return listeners.map(({ name, problems }) => `listener "${name}": ${messagesOf(problems)}`).join('; ');
}

/** Status of a ListenerSet. */
export function listenerSetStatus(findings: Findings, report: ListenerSetReport | undefined): Status {
  const { document, diagnostics } = findings;
  const known = document.status?.['conditions'];
  const ours = ['Accepted', 'Programmed', 'ResolvedRefs'];
  if (report === undefined) {
    const drafts = [no('Accepted', 'ListenersNotValid', told(diagnostics)), no('Programmed', 'ListenersNotValid', 'the document has errors')];
    return { ...document.status, conditions: merged(findings, drafts, known, ours) };
  }
  if (report.parent !== 'attached') {
    const { reason, message } = UNATTACHED[report.parent];
    const drafts = [no('Accepted', reason, message), no('Programmed', report.parent === 'missing' ? 'ParentNotProgrammed' : reason, message)];
    return { ...document.status, conditions: merged(findings, drafts, known, ours) };
  }
  const served = report.listeners.some((each) => each.served);
  const counted = programmed(findings.programmed, diagnostics) ?? { type: 'Programmed', status: 'Unknown' as const, reason: 'Pending', message: '' };
  const whole = served ? elsewhere(counted, report.ready) : no('Programmed', 'ListenersNotValid', 'none of its listeners can be served');
  const accepted = served ? acceptedDraft(report.listeners) : no('Accepted', 'ListenersNotValid', whyNone(report.listeners));
  return {
    ...document.status,
    conditions: merged(findings, [accepted, whole], known, ours),
    listeners: listenerStatuses(findings, report.listeners, whole),
  };
}

const SERVED_BY: Readonly<Record<string, string>> = {
  [GATEWAY_CONTROLLER]: 'its Gateways are served by `weft gateway`',
  [DEPLOYING_CONTROLLER]: 'each of its Gateways gets a Deployment and a Service',
};

/** Status of a GatewayClass of Weft's; of another controller's, what it had. */
export function gatewayClassStatus(findings: Findings): Status {
  const { document, diagnostics } = findings;
  const controller = String(document.spec['controllerName']);
  if (!OUR_CONTROLLERS.has(controller)) return { ...document.status };
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const draft = errors.length === 0 ? yes('Accepted', 'Accepted', SERVED_BY[controller] ?? '') : no('Accepted', 'InvalidParameters', told(errors));
  return {
    ...document.status,
    conditions: merged(findings, [draft], document.status?.['conditions'], ['Accepted']),
    supportedFeatures: SUPPORTED_FEATURES.map((name) => ({ name })),
  };
}
