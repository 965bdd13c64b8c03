// What the real Envoy would say of documents before they are written: for the answer to an apply. The same questions as are asked later, so
// their answers are known by then.
import type { Diagnostic } from '../base/index.ts';
import { checkConfig, extensionCheck, patched, patchesFor, patchesOf } from '../compile/index.ts';
import { RESOURCE_TYPES, type Resource } from '../envoy/index.ts';
import { apply, type Document, diagnostic, documentKey, type Mesh, originOf } from '../model/index.ts';
import { EXTENSION_POLICY, PROXY_PATCH } from '../policy/index.ts';
import { contentVersion } from './compiler.ts';
import { keyOfOrigin } from './documents.ts';
import { shortWords } from './envoy-words.ts';
import type { EnvoyChecker } from './ports.ts';
import type { ProxyState } from './proxy-state.ts';

export interface PreviewOptions {
  readonly checker: EnvoyChecker | undefined;
  readonly mesh: Mesh;
  readonly proxies: Iterable<ProxyState>;
}

/** Proxies that are looked at; more of the same would say the same. */
const MOST_PROXIES = 4;

/** What Envoy, and the patches themselves, say against these documents; nothing of kinds that need no such check. */
export async function preview(documents: readonly Document[], options: PreviewOptions): Promise<readonly Diagnostic[]> {
  const kinds = new Set([EXTENSION_POLICY, PROXY_PATCH]);
  const ours = documents.filter((document) => kinds.has(document.kind));
  if (ours.length === 0) return [];
  const { mesh } = apply(
    options.mesh,
    documents.map((document) => ({ kind: 'put', document })),
  );
  const answers = ours.map((document) => (document.kind === PROXY_PATCH ? ofPatch(document, { ...options, mesh }) : ofExtension(document, options)));
  return (await Promise.all(answers)).flat();
}

async function ofExtension(document: Document, { checker }: PreviewOptions): Promise<readonly Diagnostic[]> {
  const config = extensionCheck(document, contentVersion);
  return config === undefined ? [] : await asked(document, checker, config);
}

async function asked(document: Document, checker: EnvoyChecker | undefined, config: unknown): Promise<readonly Diagnostic[]> {
  const verdict = await checker?.check(config);
  if (verdict?.kind === 'passed') return [];
  const at = originOf(document, 'spec');
  if (verdict?.kind === 'refused') return [diagnostic('WEFT1866', at, `Envoy refuses what is made of it: ${shortWords(verdict.words)}`)];
  return [diagnostic('WEFT1867', at, `not checked beforehand: ${verdict?.why ?? 'there is no Envoy to ask'}`)];
}

async function ofPatch(document: Document, { checker, mesh, proxies }: PreviewOptions): Promise<readonly Diagnostic[]> {
  const key = documentKey(document);
  const findings = new Map<string, Diagnostic>();
  const made = new Map<string, Resource>();
  let looked = 0;
  for (const state of proxies) {
    if (looked === MOST_PROXIES) break;
    const patches = patchesOf(mesh, state.proxy);
    if (!patches.some((patch) => patch.key === key)) continue;
    looked++;
    for (const resource of patchable(state, patches)) {
      const { resource: next, findings: found } = patched(resource, patchesFor(patches, resource), contentVersion);
      for (const one of found) if (keyOfOrigin(one.at) === key) findings.set(`${one.code} ${one.at.path} ${one.message}`, one);
      if (next !== resource) made.set(`${next.type} ${next.name}`, next);
    }
  }
  return [...findings.values(), ...(made.size === 0 ? [] : await asked(document, checker, checkConfig([...made.values()])))];
}

function* patchable(state: ProxyState, patches: ReturnType<typeof patchesOf>): Iterable<Resource> {
  const base = state.unpatched();
  for (const type of RESOURCE_TYPES) {
    for (const name of base[type].names()) {
      const resource = base[type].get(name);
      if (resource !== undefined && patchesFor(patches, { type, name }).length > 0) yield resource;
    }
  }
}
