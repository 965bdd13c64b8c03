import { isIP } from 'node:net';
import { identityError } from './errors.ts';
import { KEY_USAGE, OID } from './oids.ts';

/** What a certificate should say. `sign` writes it, `recheck` reads the result against it; neither knows the rules below. */
export interface Template {
  /** '' = an empty subject. */
  readonly commonName: string;
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  /** A certificate without a subject is named by its alternative names alone, and then they are critical (RFC 5280 §4.2.1.6). */
  readonly namesCritical: boolean;
  readonly ca: boolean;
  /** Of a signing certificate: how many signing certificates may follow below it. Default 0: it signs leaves. */
  readonly pathLength?: number;
  readonly keyUsage: readonly number[];
  readonly extKeyUsage: readonly string[];
  /** What the serial begins with (serial.ts); nothing in particular when absent. */
  readonly serialMark?: Uint8Array;
  /** Epoch ms, whole seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
const SEGMENT = /^[a-zA-Z0-9._-]+$/;

/** Why a text is no SPIFFE ID of a workload of this trust domain (SPIFFE-ID §2), or undefined when it is one. */
export function spiffeIdFault(id: string, trustDomain: string): string | undefined {
  if (Buffer.byteLength(id, 'utf8') > 2048) return 'it is longer than 2048 bytes';
  if (!id.startsWith('spiffe://')) return 'it does not begin with spiffe://';
  const [domain = '', ...segments] = id.slice('spiffe://'.length).split('/');
  if (!TRUST_DOMAIN.test(domain)) return `"${domain}" is no trust domain: lower-case letters, digits, dots, dashes and underscores`;
  if (domain !== trustDomain) return `it is of the trust domain ${domain}, not of ${trustDomain}`;
  if (segments.length === 0) return 'it has no path';
  for (const segment of segments) {
    if (segment === '') return 'its path has an empty segment or ends with a slash';
    if (segment === '.' || segment === '..') return 'its path has a relative segment';
    if (!SEGMENT.test(segment)) return `"${segment}" has a character that is not allowed in a path`;
  }
  return undefined;
}

/** A root: self-signed, may sign issuers that sign leaves. Its own name is the trust domain's ID, which has no path (X509-SVID §2). */
export function rootTemplate(trustDomain: string, validity: Validity): Template {
  return { ...signingTemplate(`Weft root of ${trustDomain}`, trustDomain, validity), pathLength: 1 };
}

/** What signs leaves from day to day, so that the root's key can be kept elsewhere. */
export function issuerTemplate(trustDomain: string, validity: Validity): Template {
  return signingTemplate(`Weft issuer of ${trustDomain}`, trustDomain, validity);
}

function signingTemplate(commonName: string, trustDomain: string, validity: Validity): Template {
  if (!TRUST_DOMAIN.test(trustDomain))
    throw identityError('bad-identity', `"${trustDomain}" is no trust domain: lower-case letters, digits, dots, dashes and underscores`);
  return {
    ...seconds(validity),
    commonName: commonName.slice(0, 64),
    uris: [`spiffe://${trustDomain}`],
    dnsNames: [],
    ips: [],
    namesCritical: false,
    ca: true,
    keyUsage: [KEY_USAGE.keyCertSign, KEY_USAGE.crlSign],
    extKeyUsage: [],
  };
}

/** A workload's X.509-SVID. Throws `bad-identity` for an ID that is not one of this trust domain. */
export function svidTemplate(id: string, trustDomain: string, validity: Validity): Template {
  const fault = spiffeIdFault(id, trustDomain);
  if (fault !== undefined) throw identityError('bad-identity', `cannot certify "${id}": ${fault}`, { details: { id } });
  return {
    ...seconds(validity),
    commonName: '',
    uris: [id],
    dnsNames: [],
    ips: [],
    namesCritical: true,
    ca: false,
    keyUsage: [KEY_USAGE.digitalSignature],
    extKeyUsage: [OID.serverAuth, OID.clientAuth],
  };
}

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** The control plane's own certificate: DNS names and addresses, never a SPIFFE ID, so no workload takes it for a peer. */
export function serverTemplate(names: readonly string[], validity: Validity): Template {
  const ips = names.filter((name) => isIP(name) !== 0);
  const dnsNames = names.filter((name) => isIP(name) === 0).map((name) => name.toLowerCase());
  for (const name of dnsNames) if (!DNS_NAME.test(name)) throw identityError('bad-identity', `"${name}" is neither a host name nor an IP address`);
  return {
    ...seconds(validity),
    commonName: (dnsNames[0] ?? ips[0] ?? '').slice(0, 64),
    uris: [],
    dnsNames: [...new Set(dnsNames)],
    ips: [...new Set(ips)],
    namesCritical: false,
    ca: false,
    keyUsage: [KEY_USAGE.digitalSignature],
    extKeyUsage: [OID.serverAuth],
  };
}

function seconds(validity: Validity): Validity {
  return { notBefore: Math.floor(validity.notBefore / 1000) * 1000, notAfter: Math.floor(validity.notAfter / 1000) * 1000 };
}
