// S-05b, S-05d: certificates that must not be believed, shown to the port of a workload's real proxy: HTTP, TCP for everybody, and TCP where a list lets
// callers in. Signed by the mesh's own authority unless it says otherwise, so nothing but what the certificate says can be the reason.
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY_USAGE, OID } from '../../src/identity/oids.ts';
import { Callee } from '../kit/callee.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { type ForgedRoot, type Forgery, forge, forgedRoot } from '../kit/forge.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const WEB = 'spiffe://example.mesh/ns/shop/sa/web';
const ADMIN = 'spiffe://example.mesh/ns/shop/sa/admin';
const PEER = 'spiffe://peer.mesh/ns/shop/sa/web';
const HOUR_MS = 3600 * 1000;

const own = forgedRoot('example.mesh');
const peer = forgedRoot('peer.mesh');
const stranger = forgedRoot('example.mesh');

/** An answer of the application, or none. */
function answered(socket: Socket): Promise<boolean> {
  let words = '';
  socket.write('GET / HTTP/1.1\r\nhost: callee\r\nconnection: close\r\n\r\n');
  return new Promise((done) => {
    socket.on('data', (bytes) => {
      words += String(bytes);
    });
    socket.once('close', () => done(words.includes('it was me')));
  });
}

describe.skipIf(skip)('forged certificates', () => {
  let callee: Callee;

  beforeAll(async () => {
    callee = await Callee.open({
      ports: [{ policies: [] }, { protocol: 'tcp', policies: [] }, { protocol: 'tcp', policies: [listOf(WEB, PEER)] }],
      application: (_request, answer) => answer.end('it was me'),
      anchors: own.pem,
      peers: new Map([['peer.mesh', peer.pem]]),
    });
  });
  afterAll(() => callee?.[Symbol.asyncDispose]());

  const accepted = async (forgery: Forgery, root: ForgedRoot | undefined, sent = root): Promise<readonly boolean[]> => {
    const { cert, key } = forge(forgery, root);
    const context = createSecureContext({ cert: cert + (sent?.pem ?? ''), key });
    return Promise.all([0, 1, 2].map((port) => answered(callee.dialWith(port, context))));
  };

  test('a good one is believed, and one of a peer as the peer’s', async () => {
    expect(await accepted({ uris: [WEB] }, own)).toEqual([true, true, true]);
    expect(await accepted({ uris: [PEER] }, peer)).toEqual([true, true, true]);
    // known, and not on the list
    expect(await accepted({ uris: [ADMIN] }, own)).toEqual([true, true, false]);
    expect(await accepted({ uris: ['spiffe://peer.mesh/other/workload'] }, peer)).toEqual([true, true, false]);
  });

  const forged: readonly (readonly [string, Forgery, ForgedRoot | undefined])[] = [
    ['X509-SVID §2 two URIs, both of the mesh', { uris: [WEB, ADMIN] }, own],
    ['two URIs, the first no identity', { uris: ['https://example.mesh/', WEB] }, own],
    ['two URIs, the first of a peer', { uris: [PEER, WEB] }, own],
    ['two URIs by a peer, one of them ours', { uris: [PEER, WEB] }, peer],
    ['two URIs by a peer, ours first', { uris: [WEB, PEER] }, peer],
    ['a NUL behind the name', { uris: [`${WEB}\0.evil.example`] }, own],
    ['a NUL in the trust domain', { uris: ['spiffe://example.mesh\0.evil.example/ns/shop/sa/web'] }, own],
    ['the identity in the common name alone', { commonName: WEB }, own],
    ['the identity in the common name, another name beside', { commonName: WEB, dnsNames: ['web.shop.mesh'] }, own],
    ['the identity as a DNS name', { dnsNames: [WEB] }, own],
    ['the identity as an otherName', { otherName: WEB }, own],
    ['X509-SVID §5.2 a leaf that is an authority', { uris: [WEB], ca: true, keyUsage: [KEY_USAGE.digitalSignature, KEY_USAGE.keyCertSign] }, own],
    ['X509-SVID §5.2 the flag cA alone', { uris: [WEB], ca: true }, own],
    ['X509-SVID §5.2 keyCertSign', { uris: [WEB], keyUsage: [KEY_USAGE.digitalSignature, KEY_USAGE.keyCertSign] }, own],
    ['X509-SVID §5.2 cRLSign', { uris: [WEB], keyUsage: [KEY_USAGE.digitalSignature, KEY_USAGE.crlSign] }, own],
    ['X509-SVID §4.3 no key usage', { uris: [WEB], keyUsage: [] }, own],
    ['X509-SVID §4.3 a key that may not sign', { uris: [WEB], keyUsage: [2] }, own],
    ['X509-SVID §5.2 no path', { uris: ['spiffe://example.mesh'] }, own],
    ['an empty path', { uris: ['spiffe://example.mesh/'] }, own],
    ['a path that climbs', { uris: ['spiffe://example.mesh/ns/shop/../../sa/web'] }, own],
    ['a path with an empty segment', { uris: ['spiffe://example.mesh/ns//sa/web'] }, own],
    ['X509-SVID §5.2 another scheme', { uris: ['https://example.mesh/ns/shop/sa/web'] }, own],
    ['an upper-case trust domain', { uris: ['spiffe://EXAMPLE.MESH/ns/shop/sa/web'] }, own],
    ['a trust domain that begins like ours', { uris: ['spiffe://example.mesh.evil.example/ns/shop/sa/web'] }, own],
    ['RFC 5280 expired', { uris: [WEB], notBefore: Date.now() - 3 * HOUR_MS, notAfter: Date.now() - HOUR_MS }, own],
    ['RFC 5280 not valid yet', { uris: [WEB], notBefore: Date.now() + HOUR_MS, notAfter: Date.now() + 3 * HOUR_MS }, own],
    ['our trust domain by another root', { uris: [WEB] }, stranger],
    ['another trust domain by our root', { uris: ['spiffe://other.mesh/ns/shop/sa/web'] }, own],
    ['a peer’s trust domain by our root', { uris: [PEER] }, own],
    ['our trust domain by a peer’s root', { uris: [WEB] }, peer],
    ['signed by itself', { uris: [WEB] }, undefined],
  ];
  test.each(forged)('%s', async (_what, forgery, root) => {
    expect(await accepted(forgery, root)).toEqual([false, false, false]);
  });

  // Envoy's SPIFFE validator looks at what the standard demands and not at extended key usage, which it does not. An authority of ours gives a certificate
  // either a SPIFFE ID with both usages or none (recheck.ts); only who has the root's key could make this one, and that one could as well make a good one.
  test('known: extended key usage is not looked at', async () => {
    expect(await accepted({ uris: [WEB], extKeyUsage: [OID.serverAuth] }, own)).toEqual([true, true, true]);
  });
});

const listOf = (...principals: readonly string[]): object => ({ action: 'ALLOW', rules: [{ from: [{ source: { principals } }] }] });
