// What is said of a ProxyPatch: where it does not apply, what it matches nothing with, how far the proxies are.
import type { Diagnostic } from '../base/index.ts';
import { patchDocument } from '../compile/index.ts';
import type { Resource } from '../envoy/index.ts';
import { type DocumentKey, diagnostic, originOf } from '../model/index.ts';
import { PROXY_PATCH } from '../policy/index.ts';
import type { Entry } from './catalog.ts';
import type { Programmed } from './conditions.ts';
import { isBehind, keyOfOrigin } from './documents.ts';
import type { Standpoint } from './programmed.ts';
import type { ProxyState } from './proxy-state.ts';

type At = Pick<Standpoint, 'mesh' | 'fleet' | 'vetting' | 'documents'>;

function statesOf(key: DocumentKey, { fleet }: Pick<Standpoint, 'fleet'>): readonly ProxyState[] {
  return [...fleet.proxies.values()].filter((state) => state.outlet !== undefined && state.patches.some((patch) => patch.key === key));
}

/** Diagnostics of the document that show only with the proxies it is for, and that it could not be checked. */
export function patchFindings(key: DocumentKey, at: At): readonly Diagnostic[] {
  const document = at.documents.get(key);
  const why = at.vetting.uncheckedOf(key);
  const unchecked = document === undefined || why === undefined ? [] : [diagnostic('WEFT1867', originOf(document, ''), `not checked beforehand: ${why}`)];
  const policy = at.mesh.policies.get(key);
  if (policy?.kind !== PROXY_PATCH) return unchecked;
  const states = statesOf(key, at);
  const matched = new Set(states.flatMap(({ sight }) => [...sight.matched]));
  const idle = states.length === 0 ? [] : patchDocument(at.mesh, policy).entries.filter(({ path }) => !matched.has(`${key} ${path}`));
  return [
    ...unchecked,
    ...states.flatMap(({ sight }) => sight.findings.filter((one) => keyOfOrigin(one.at) === key)),
    ...idle.map(({ patch: { resource }, path, at: place }) =>
      diagnostic('WEFT1865', place(`${path}.resource`), `no proxy it is for has a ${resource.type} called "${resource.name ?? resource.nameGlob ?? ''}"`),
    ),
  ];
}

/** How many of the proxies that it is for run what it makes. */
export function patchProgrammed(key: DocumentKey, at: Pick<Standpoint, 'fleet' | 'settling'>): Programmed {
  const states = statesOf(key, at);
  const running = states.filter((state) => {
    state.snapshot();
    return !state.sight.waiting.has(key) && state.sight.patched.every((resource) => !isBehind(resource, key) || state.runs(resource));
  });
  return at.settling ? { kind: 'absent' } : { kind: 'counted', running: running.length, total: states.length, refused: 0, words: '' };
}

/** How many of the proxies with something made of the document run it. */
export function extensionProgrammed(key: DocumentKey, at: Pick<Standpoint, 'fleet' | 'settling' | 'waits'>): Programmed {
  if (at.settling) return { kind: 'absent' };
  const count = { running: 0, total: 0, refused: 0, words: '' };
  if (at.waits(key)) return { kind: 'counted', ...count };
  const entries = at.fleet.entriesOfDocument(key);
  const sharing = at.fleet.proxiesOf(entries);
  for (const state of at.fleet.proxies.values()) {
    if (state.outlet === undefined) continue;
    const own = state.ownCompiled.filter((resource) => isBehind(resource, key));
    if (own.length === 0 && !sharing.has(state)) continue;
    count.total++;
    const shared = sharing.has(state) ? [...entries].flatMap((entry) => (isOf(entry, state) ? [...entry.served.values()] : [])) : [];
    const snapshot = state.snapshot();
    const made = [...own, ...shared.filter((resource) => isBehind(resource, key))];
    if (made.every(({ type, name }) => isRun(state, snapshot[type].get(name)))) count.running++;
  }
  return { kind: 'counted', ...count };
}

function isOf(entry: Entry, state: ProxyState): boolean {
  return state.group !== undefined && entry.groups.has(state.group);
}

function isRun(state: ProxyState, resource: Resource | undefined): boolean {
  return resource === undefined || state.runs(resource);
}
