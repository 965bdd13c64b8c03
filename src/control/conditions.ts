import { canonicalJson, type Diagnostic } from '../base/index.ts';
import { type Document, OUR_CONTROLLERS } from '../model/index.ts';
import { isRoute } from './documents.ts';

export const CONTROLLER_NAME = 'weft.dev/controller';

/** Kubernetes' Condition. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

/** How far the proxies are with a document. `absent`: nobody is asked (yet), so what was said before stays. */
export type Programmed =
  | { readonly kind: 'absent' }
  | { readonly kind: 'counted'; readonly running: number; readonly total: number; readonly refused: number; readonly words: string }
  | { readonly kind: 'refused'; readonly words: string; readonly proxy: string; readonly lastGood: boolean };

export interface Findings {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
  readonly programmed: Programmed;
  /** Epoch ms. */
  readonly now: number;
  /** Of a route, for each of its parents: the controller as which Weft speaks of it; undefined where another one has the word. Default: ours. */
  readonly controllers?: readonly (string | undefined)[];
}

export type Draft = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Gateway API's reasons for what stands against a reference. */
const UNRESOLVED: Readonly<Record<string, string>> = {
  WEFT1301: 'BackendNotFound',
  WEFT1302: 'BackendNotFound',
  WEFT1303: 'RefNotPermitted',
  WEFT1304: 'InvalidKind',
  WEFT1305: 'UnsupportedProtocol',
  WEFT1306: 'DuplicateAddress',
  WEFT1320: 'BackendNotFound',
  WEFT1321: 'InvalidKind',
  WEFT2156: 'RefNotPermitted',
};

/** What makes one parent of a route, and only that one, not accept it. */
const UNATTACHED: Readonly<Record<string, string>> = {
  WEFT1307: 'NoMatchingParent',
  WEFT1308: 'NoMatchingParent',
  WEFT1401: 'NoMatchingParent',
  WEFT1402: 'NoMatchingParent',
  WEFT1620: 'NoMatchingParent',
  WEFT1621: 'NotAllowedByListeners',
  WEFT1622: 'NoMatchingListenerHostname',
  WEFT1410: 'NoMatchingParent',
};

const PARENT = /^spec\.parentRefs\[(\d+)\]/;
const AFTER_COMPILING = /^WEFT15/;

/**
 * The whole `status` of a document: conditions Accepted, ResolvedRefs and Programmed, per parent on Gateway API's routes.
 * Fields of others in the present status stay. Equal findings give an equal status: lastTransitionTime moves only with a condition's status.
 */
export function statusOf(findings: Findings): Readonly<Record<string, unknown>> {
  return isRoute(findings.document) ? routeStatus(findings) : plainStatus(findings);
}

function plainStatus(findings: Findings): Readonly<Record<string, unknown>> {
  const before = conditionsIn(findings.document.status?.['conditions']);
  return { ...findings.document.status, conditions: conditions(findings, findings.diagnostics, before) };
}

function routeStatus(findings: Findings): Readonly<Record<string, unknown>> {
  const { document, diagnostics } = findings;
  const refs = Array.isArray(document.spec['parentRefs']) ? (document.spec['parentRefs'] as readonly unknown[]) : [];
  const known = Array.isArray(document.status?.['parents']) ? (document.status['parents'] as readonly Readonly<Record<string, unknown>>[]) : [];
  const parents = refs.flatMap((parentRef, at) => {
    const controllerName = findings.controllers === undefined ? CONTROLLER_NAME : findings.controllers[at];
    if (controllerName === undefined) return [];
    const mine = diagnostics.filter((one) => Number(PARENT.exec(one.at.path)?.[1] ?? at) === at);
    const text = canonicalJson(parentRef);
    const before = known.find((parent) => parent['controllerName'] === controllerName && canonicalJson(parent['parentRef']) === text);
    return [{ parentRef, controllerName, conditions: conditions(findings, mine, conditionsIn(before?.['conditions'])) }];
  });
  return { ...document.status, parents: [...known.filter((parent) => !OUR_CONTROLLERS.has(String(parent['controllerName']))), ...parents] };
}

export function conditionsIn(value: unknown): readonly Condition[] {
  return Array.isArray(value) ? (value as readonly Condition[]) : [];
}

function conditions(findings: Findings, diagnostics: readonly Diagnostic[], before: readonly Condition[]): readonly Condition[] {
  const drafts = [accepted(diagnostics), resolved(diagnostics), programmed(findings.programmed, diagnostics)];
  const generation = findings.document.metadata.generation ?? 0;
  const ours = drafts.flatMap((draft) => (draft === undefined ? [] : [dated(draft, before, generation, findings.now)]));
  const kept = findings.programmed.kind === 'absent' && !ours.some((one) => one.type === 'Programmed') ? before.filter((one) => one.type === 'Programmed') : [];
  const types = new Set<string>(['Accepted', 'ResolvedRefs', 'Programmed']);
  return [...ours, ...kept, ...before.filter((one) => !types.has(one.type))];
}

/** A condition with its times: that of its last change of status stays while the status does. */
export function dated(draft: Draft, before: readonly Condition[], generation: number, now: number): Condition {
  const same = before.find((one) => one.type === draft.type && one.status === draft.status);
  return { ...draft, observedGeneration: generation, lastTransitionTime: same?.lastTransitionTime ?? new Date(now).toISOString().replace(/\.\d+Z$/, 'Z') };
}

/** Diagnostics in one line. */
export function told(diagnostics: readonly Diagnostic[]): string {
  const texts = [...new Set(diagnostics.map((one) => `${one.code}${one.at.path === '' ? '' : ` ${one.at.path}`}: ${one.message}`))];
  return texts.length > 5 ? `${texts.slice(0, 5).join('; ')}; and ${texts.length - 5} more` : texts.join('; ');
}

function accepted(diagnostics: readonly Diagnostic[]): Draft {
  const unattached = diagnostics.filter((one) => UNATTACHED[one.code] !== undefined);
  const against = diagnostics.filter((one) => one.severity === 'error' && UNRESOLVED[one.code] === undefined && !AFTER_COMPILING.test(one.code));
  const [first] = unattached;
  if (first !== undefined) return { type: 'Accepted', status: 'False', reason: UNATTACHED[first.code] ?? 'NoMatchingParent', message: told(unattached) };
  if (against.length > 0) {
    const reason = against.some((one) => one.code === 'WEFT1216') ? 'IncompatibleFilters' : 'UnsupportedValue';
    return { type: 'Accepted', status: 'False', reason, message: told(against) };
  }
  const warnings = diagnostics.filter((one) => one.severity === 'warning');
  return { type: 'Accepted', status: 'True', reason: 'Accepted', message: warnings.length === 0 ? 'understood' : `understood; ${told(warnings)}` };
}

function resolved(diagnostics: readonly Diagnostic[]): Draft {
  const against = diagnostics.filter((one) => UNRESOLVED[one.code] !== undefined);
  const [first] = against;
  if (first === undefined) return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'everything it names exists' };
  return { type: 'ResolvedRefs', status: 'False', reason: UNRESOLVED[first.code] ?? 'BackendNotFound', message: told(against) };
}

/** How far proxies are; undefined when nothing is to be said about it. */
export function programmed(state: Programmed, diagnostics: readonly Diagnostic[]): Draft | undefined {
  const type = 'Programmed';
  if (state.kind === 'refused') {
    const instead = state.lastGood ? 'proxies run its last accepted version' : 'proxies run without it';
    return { type, status: 'False', reason: 'Invalid', message: `refused by Envoy (${state.proxy}): ${state.words}; ${instead}` };
  }
  const ours = diagnostics.filter((one) => one.severity === 'error' && AFTER_COMPILING.test(one.code));
  if (ours.length > 0) return { type, status: 'False', reason: 'Invalid', message: told(ours) };
  if (state.kind === 'absent') return undefined;
  const { running, total, refused, words } = state;
  const count = `${running} of ${total} proxies run it`;
  if (refused > 0) return { type, status: 'False', reason: 'Invalid', message: `${count}; ${refused} refused: ${words}` };
  if (total === 0) return { type, status: 'Unknown', reason: 'Pending', message: 'no connected proxy needs it' };
  return running === total ? { type, status: 'True', reason: 'Programmed', message: count } : { type, status: 'False', reason: 'Pending', message: count };
}
