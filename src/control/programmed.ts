import type { Diagnostic } from '../base/index.ts';
import { backendTlsReport, expiryDiagnostics, gatewayReport, listenerSetReport } from '../compile/index.ts';
import { type DocumentKey, documentKey, gatewayKey, type Mesh } from '../model/index.ts';
import { EXTENSION_POLICY, MUTUAL_TLS_POLICY, POLICIES, PROXY_PATCH } from '../policy/index.ts';
import { backendTlsStatus } from './backend-tls-status.ts';
import type { Compiler } from './compiler.ts';
import { CONTROLLER_NAME, type Findings, type Programmed, statusOf } from './conditions.ts';
import { type Documents, isBehind, isRoute, keyOfOrigin } from './documents.ts';
import { endedDiagnostics } from './endings.ts';
import type { Fleet } from './fleet.ts';
import { gatewayClassStatus, gatewayStatus, listenerSetStatus } from './gateway-status.ts';
import { extensionProgrammed, patchFindings, patchProgrammed } from './patch-standing.ts';
import type { ProxyState } from './proxy-state.ts';
import type { QuarantineWard } from './quarantine.ts';
import { controllerOf, routeControllers } from './route-controllers.ts';
import { shownPorts } from './shown-ports.ts';
import type { Statement } from './status.ts';
import type { Tallies } from './tallies.ts';
import type { Vetting } from './vetting.ts';

export interface Standpoint {
  readonly mesh: Mesh;
  readonly documents: Documents;
  readonly ward: QuarantineWard;
  readonly fleet: Fleet;
  readonly compiler: Pick<Compiler, 'documentDiagnostics'>;
  readonly vetting: Vetting;
  /** The document waits at the door for Envoy's answer. */
  readonly waits: (key: DocumentKey) => boolean;
  /** Exceptions of the core that a document is to blame for. */
  readonly faults: ReadonlyMap<DocumentKey, Diagnostic>;
  /** After a start proxies are still on their way back: what was said before stays until they are here. */
  readonly settling: boolean;
  /** What is counted here is told by it, and what is counted elsewhere added. */
  readonly tallies: Tallies;
  readonly now: number;
  /** Codes that are not true here. */
  readonly moot: ReadonlySet<string>;
}

/** Kinds whose Programmed condition counts proxies; on others it appears only when something was refused. */
const COUNTED: ReadonlySet<string> = new Set([
  ...['Gateway', 'ListenerSet', 'Service', 'ExternalService', 'HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute', 'UDPRoute'],
  ...POLICIES.map((policy) => policy.kind.kind),
]);

/** What the mesh has to say of a document now; undefined when it is gone. */
export function statementOf(key: DocumentKey, at: Standpoint): Statement | undefined {
  const document = at.documents.get(key);
  if (document === undefined) return undefined;
  const own = programmedOf(key, document.kind, at);
  const { generation = 0 } = document.metadata;
  at.tallies.note(key, generation, own);
  const programmed = at.tallies.joined(key, generation, own);
  const diagnostics = [...diagnosticsOf(key, at), ...endedDiagnostics(at.mesh, key, at.now), ...expiryDiagnostics(at.mesh, key, at.now)];
  const status = { ...statusWith({ document, diagnostics, programmed, now: at.now }, at.mesh), ...shownPorts(at.mesh, key) };
  const settled = programmed.kind === 'absent' || (programmed.kind === 'counted' && programmed.running === programmed.total);
  return { document, status, settled };
}

function statusWith(findings: Findings, mesh: Mesh): Readonly<Record<string, unknown>> {
  const { kind, metadata } = findings.document;
  const id = gatewayKey(metadata.namespace, metadata.name);
  if (kind === 'Gateway') return gatewayStatus(findings, gatewayReport(mesh, id));
  if (kind === 'ListenerSet') return listenerSetStatus(findings, listenerSetReport(mesh, id));
  if (kind === 'BackendTLSPolicy')
    return backendTlsStatus(findings, backendTlsReport(mesh, documentKey(findings.document)), (id) => controllerOf(mesh, id) ?? CONTROLLER_NAME);
  if (kind === 'GatewayClass') return gatewayClassStatus(findings);
  if (!isRoute(findings.document)) return statusOf(findings);
  return statusOf({ ...findings, controllers: routeControllers(mesh, findings.document.spec['parentRefs'], metadata.namespace) });
}

/** All diagnostics of a document: of its schema, its references, of compiling it, and what stands against it in quarantine. */
export function diagnosticsOf(
  key: DocumentKey,
  at: Pick<Standpoint, 'mesh' | 'compiler' | 'fleet' | 'faults' | 'vetting' | 'documents' | 'moot'>,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [...at.compiler.documentDiagnostics(at.mesh, key)];
  for (const entry of at.fleet.entriesOfDocument(key)) found.push(...entry.diagnostics.filter((one) => keyOfOrigin(one.at) === key));
  found.push(...patchFindings(key, at), ...at.fleet.unproved(at.mesh, key));
  const fault = at.faults.get(key);
  if (fault !== undefined) found.push(fault);
  const seen = new Set<string>();
  return found.filter((one) => {
    const text = `${one.code} ${one.at.path} ${one.message}`;
    return at.moot.has(one.code) || seen.has(text) ? false : seen.add(text) !== undefined;
  });
}

function programmedOf(key: DocumentKey, kind: string, at: Standpoint): Programmed {
  if (at.faults.has(key)) return { kind: 'absent' };
  const refused = at.ward.get(key);
  if (refused !== undefined) return { kind: 'refused', words: refused.words, proxy: refused.proxy, lastGood: refused.lastGood !== null };
  if (kind === PROXY_PATCH) return patchProgrammed(key, at);
  if (kind === MUTUAL_TLS_POLICY && at.waits(key)) return { kind: 'absent' };
  if (kind === EXTENSION_POLICY) return extensionProgrammed(key, at);
  if (!COUNTED.has(kind)) return { kind: 'absent' };
  const count = { running: 0, total: 0, refused: 0, words: '' };
  for (const ok of standings(key, kind, at.fleet).values()) {
    count.total++;
    if (ok.words !== '') {
      count.refused++;
      count.words = ok.words;
    } else if (ok.runs) count.running++;
  }
  return at.settling && count.refused === 0 ? { kind: 'absent' } : { kind: 'counted', ...count };
}

function standings(key: DocumentKey, kind: string, fleet: Fleet): Map<ProxyState, { runs: boolean; words: string }> {
  const found = new Map<ProxyState, { runs: boolean; words: string }>();
  for (const entry of fleet.entriesOfDocument(key)) {
    const resources = [...entry.served.values()].filter((resource) => isBehind(resource, key));
    for (const state of fleet.proxiesOf([entry])) {
      // A gateway has route tables of its own, and never asks for those of a service.
      const asked = state.role === 'gateway' ? resources.filter(({ type }) => type !== 'routes') : resources;
      if (asked.length === 0) continue;
      const standing = found.get(state) ?? { runs: true, words: '' };
      for (const resource of asked) {
        standing.runs &&= state.runs(state.patches.length === 0 ? resource : (state.snapshot()[resource.type].get(resource.name) ?? resource));
        const refusal = state.refused(resource.type, resource.name);
        if (refusal !== undefined && refusal.version === resource.version) standing.words = refusal.words;
      }
      found.set(state, standing);
    }
  }
  if (ON_ARRIVAL.has(kind)) ownStandings(key, fleet, found);
  return found;
}

/** Kinds that act where requests arrive, in what belongs to one proxy alone. */
export const ON_ARRIVAL: ReadonlySet<string> = new Set(
  POLICIES.filter(({ sites }) => sites.some(({ side }) => side === 'inbound')).map((policy) => policy.kind.kind),
);

function ownStandings(key: DocumentKey, fleet: Fleet, found: Map<ProxyState, { runs: boolean; words: string }>): void {
  for (const state of fleet.proxies.values()) {
    if (state.outlet === undefined) continue;
    const own = state.ownCompiled.filter((resource) => isBehind(resource, key));
    if (own.length === 0) continue;
    const standing = found.get(state) ?? { runs: true, words: '' };
    standing.runs &&= own.every((resource) => state.runs(state.snapshot()[resource.type].get(resource.name) ?? resource));
    found.set(state, standing);
  }
}
