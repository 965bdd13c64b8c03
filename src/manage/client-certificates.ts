// Who a client certificate names: a person, when an authority of the operator's signed it; a workload, when it is one of the mesh.

import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { type Caller, isReserved, namedCaller, workloadCaller } from './caller.ts';

export interface ClientCertificates {
  /** PEM of the authorities whose certificates name people: the common name is the user, organisations are groups. */
  readonly peoplePem?: string;
  /** PEM of the mesh's roots now. */
  readonly meshPem: () => string;
  readonly trustDomain: string;
  /** Whether a workload is shut out. */
  readonly banned?: (spiffe: string) => boolean;
}

const fingerprints = (pem: string): ReadonlySet<string> =>
  new Set((pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((each) => new X509Certificate(each).fingerprint256));

/** The root that the chain ends at; OpenSSL has verified it. */
function rootOf(leaf: DetailedPeerCertificate): DetailedPeerCertificate {
  let at = leaf;
  for (let steps = 0; steps < 10 && at.issuerCertificate !== undefined && at.issuerCertificate !== at; steps++) at = at.issuerCertificate;
  return at;
}

const listOf = (value: string | string[] | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

function personOf({ subject }: DetailedPeerCertificate): Caller | undefined {
  const [name, ...more] = listOf(subject.CN);
  if (name === undefined || name === '' || more.length > 0 || isReserved(name)) return undefined;
  return namedCaller(name, listOf(subject.O), 'certificate');
}

function workloadOf(leaf: DetailedPeerCertificate, { trustDomain, banned }: ClientCertificates): Caller | undefined {
  const names = leaf.subjectaltname?.split(', ') ?? [];
  const [uri, ...more] = names.filter((name) => name.startsWith('URI:'));
  const spiffe = uri?.slice('URI:'.length) ?? '';
  if (more.length > 0 || !spiffe.startsWith(`spiffe://${trustDomain}/`) || banned?.(spiffe) === true) return undefined;
  return workloadCaller(spiffe);
}

/** Undefined when the connection has no certificate that counts. */
export function certificateCaller(socket: Socket, options: ClientCertificates): Caller | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const leaf = socket.getPeerCertificate(true);
  if (leaf.raw === undefined) return undefined;
  const root = rootOf(leaf).fingerprint256;
  if (options.peoplePem !== undefined && fingerprints(options.peoplePem).has(root)) return personOf(leaf);
  return fingerprints(options.meshPem()).has(root) ? workloadOf(leaf, options) : undefined;
}
