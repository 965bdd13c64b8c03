// What an API server is answered about a pod that is to be made.
import { type Diagnostic, describeOrigin } from '../../base/index.ts';
import { INJECT, type InjectSettings, inject, namespaceFindings, REVISION } from '../../inject/index.ts';
import type { AdmissionAnswer, AdmissionRequest, Admit } from '../../kube/index.ts';

type Labels = Readonly<Record<string, string>>;

export interface InjectHookOptions {
  readonly settings: () => InjectSettings;
  /** Of a namespace, as far as they are known here. */
  readonly labelsOf: (namespace: string) => Labels;
}

/** `WEFT2425 spec.containers[0]: … → …`, on one line. */
export const diagnosticLine = ({ code, at, message, hint }: Diagnostic): string =>
  `${code} ${at.path === '' ? describeOrigin(at) : at.path}: ${message}${hint === '' ? '' : ` → ${hint}`}`;

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

export function answerOf(diagnostics: readonly Diagnostic[], patch: readonly unknown[]): AdmissionAnswer {
  const warnings = diagnostics.filter((each) => each.severity === 'warning').map(diagnosticLine);
  const errors = diagnostics.filter(isError);
  return errors.length === 0 ? { kind: 'allowed', patch, warnings } : { kind: 'denied', message: errors.map(diagnosticLine).join('\n'), warnings };
}

/**
 * `matched`: the API server has looked at the label of the namespace before it asked (namespaceSelector), and it knows better than a mirror that
 * may be a moment behind: the first pod comes right after the label.
 */
export function injectHook({ settings, labelsOf }: InjectHookOptions, matched: boolean): Admit {
  return ({ kind, operation, subResource, namespace, object }: AdmissionRequest): AdmissionAnswer => {
    if (kind.kind !== 'Pod' || operation !== 'CREATE' || subResource !== '' || object === undefined) return { kind: 'allowed' };
    const now = settings();
    const known = labelsOf(namespace);
    // Of its revision this control plane was asked: the selectors of the configuration have seen to that.
    const { [REVISION]: _, ...others }: Labels = { ...known, ...(matched ? { [INJECT]: 'enabled' } : {}) };
    const labels = now.revision === '' ? others : { ...others, [REVISION]: now.revision };
    const result = inject({ pod: object, namespace: { name: namespace, labels }, settings: now });
    return answerOf(result.diagnostics, result.kind === 'refused' ? [] : result.patch);
  };
}

/** What is to be said of a namespace that is labelled; nothing refuses it. */
export function namespaceHook({ interception }: Pick<InjectSettings, 'interception'>, revisions: () => ReadonlySet<string>): Admit {
  return ({ kind, object }: AdmissionRequest): AdmissionAnswer => {
    if (kind.kind !== 'Namespace' || object === undefined) return { kind: 'allowed' };
    const { name, labels = {} } = object.metadata;
    return { kind: 'allowed', warnings: namespaceFindings({ name, labels, revisions: revisions() }, interception).map(diagnosticLine) };
  };
}
