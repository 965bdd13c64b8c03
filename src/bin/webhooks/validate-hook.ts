// What an API server is answered about a document: the same that `weft apply` says of it.
import { canonicalJson, type Diagnostic } from '../../base/index.ts';
import type { AdmissionAnswer, AdmissionRequest, Admit, KubeObject } from '../../kube/index.ts';
import type { Document, ParsedDocument } from '../../model/index.ts';
import { answerOf } from './inject-hook.ts';

export interface ValidateHookOptions {
  /** One document by itself. */
  readonly parse: (object: KubeObject) => ParsedDocument;
  /** What there is to say of it together with all others. */
  readonly analyze: (documents: readonly Document[]) => () => Promise<readonly Diagnostic[]>;
}

/** Kinds that others serve, too, are not ours to refuse. */
const OURS = 'weft.dev';

const asWarning = (each: Diagnostic): Diagnostic => (each.severity === 'error' ? { ...each, severity: 'warning' } : each);
const meansTheSame = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a !== undefined && canonicalJson(a['spec'] ?? {}) === canonicalJson(b['spec'] ?? {});

/** Nothing that is to go is held up, no status, and no label on what was there before with its mistakes. */
function isLetBy({ operation, subResource, object }: AdmissionRequest): boolean {
  return subResource !== '' || (operation !== 'CREATE' && operation !== 'UPDATE') || object?.metadata.deletionTimestamp !== undefined;
}

function once(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((each) => [JSON.stringify([each.code, each.at.path, each.message]), each])).values()];
}

type Metadata = KubeObject['metadata'] & { readonly managedFields?: unknown; readonly generateName?: string };

/** Without what the server notes down for itself; one that it is yet to name has some name. */
function named(object: KubeObject): KubeObject {
  const { managedFields: _, generateName, ...metadata } = object.metadata as Metadata;
  return { ...object, metadata: generateName === undefined || metadata.name ? metadata : { ...metadata, name: `${generateName}x` } };
}

/** Errors of the document itself refuse it; what other documents make wrong, or right, is told. */
export function validateHook({ parse, analyze }: ValidateHookOptions): Admit {
  return async (request: AdmissionRequest): Promise<AdmissionAnswer> => {
    const { object, oldObject, kind } = request;
    if (object === undefined || isLetBy(request)) return { kind: 'allowed' };
    const parsed = parse(named(object));
    const strict = kind.group === OURS && !meansTheSame(oldObject, object);
    const own = strict ? parsed.diagnostics : parsed.diagnostics.map(asWarning);
    const found = parsed.document === undefined ? [] : await analyze([parsed.document])();
    return answerOf(once([...own, ...found.map(asWarning)]), []);
  };
}
