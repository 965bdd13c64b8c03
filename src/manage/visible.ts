// Answers that speak of several namespaces: what the caller may not see of them is a refusal, or is left out.
import type { EffectView, FatesView, FateView } from '../api/index.ts';
import type { Diagnostic } from '../base/index.ts';
import { splitServiceKey } from '../model/index.ts';
import type { Permit } from './permit.ts';
import { weftAttributes } from './rbac/index.ts';

/** The namespaces of all origins in a value; what belongs to no namespace (Mesh) is everybody's. */
function namespacesIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (value === null || typeof value !== 'object') return found;
  if ('kind' in value && 'name' in value && 'namespace' in value && typeof value.namespace === 'string' && value.namespace !== '') found.add(value.namespace);
  for (const member of Object.values(value)) namespacesIn(member, found);
  return found;
}

/** Throws `forbidden` unless the caller may `get` `resource` in every namespace that `answer` names and in `asked`. */
export function requireAll(permit: Permit, resource: string, asked: readonly string[], answer: unknown): void {
  for (const namespace of new Set([...asked, ...namespacesIn(answer)])) permit.require(weftAttributes('get', resource, namespace));
}

export function seesAll(permit: Permit, resource: string): boolean {
  return permit.allows(weftAttributes('get', resource, ''));
}

/** Suggestions come out of all namespaces. */
export function withoutAlternatives<T extends { readonly alternatives: readonly string[] }>(permit: Permit, resource: string, said: T): T {
  return seesAll(permit, resource) ? said : { ...said, alternatives: [] };
}

/** Diagnostics of documents in namespaces whose findings the caller may see. */
export function visibleDiagnostics(permit: Permit, diagnostics: readonly Diagnostic[], own: ReadonlySet<string>): readonly Diagnostic[] {
  return diagnostics.filter(({ at }) => own.has(at.namespace) || permit.allows(weftAttributes('list', 'findings', at.namespace)));
}

export function visibleEffect(permit: Permit, view: EffectView): EffectView {
  if (seesAll(permit, 'proxies')) return view;
  const sees = (namespace: string): boolean => permit.allows(weftAttributes('get', 'proxies', namespace));
  const groups = view.proxies.map(({ proxies, resources }) => ({ proxies: proxies.filter((id) => sees(id.split('/', 1)[0] ?? '')), resources }));
  const proxies = groups.filter((group) => group.proxies.length > 0);
  const affected = proxies.reduce((sum, group) => sum + group.proxies.length, 0);
  const services = view.services.filter(
    ({ service, consumer }) => sees(splitServiceKey(service as Parameters<typeof splitServiceKey>[0]).namespace) && (consumer === '' || sees(consumer)),
  );
  return { proxies, counts: { affected, examined: affected, of: affected }, services };
}

function visibleFate(permit: Permit, fate: FateView): FateView {
  if (fate.kind !== 'overridden' || fate.by.namespace === '' || permit.allows(weftAttributes('get', 'effective', fate.by.namespace))) return fate;
  return { kind: 'overridden', by: { kind: fate.by.kind, namespace: fate.by.namespace, name: '', path: '' }, words: 'a document of another namespace' };
}

export function visibleFates(permit: Permit, view: FatesView): FatesView {
  const all = seesAll(permit, 'effective');
  return { ...view, fields: view.fields.map(({ path, fate, except }) => ({ path, fate: visibleFate(permit, fate), except: all ? except : [] })) };
}
