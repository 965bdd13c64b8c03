import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { integer, namedBits, octets, oid, sequence, time } from './der.ts';
import { readAll, readOid } from './der-read.ts';
import { ipBytes } from './ip.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('der', () => {
  test('examples of X.690 and RFC 5280', () => {
    expect(hex(integer(Uint8Array.of(0)))).toBe('020100');
    expect(hex(integer(Uint8Array.of(127)))).toBe('02017f');
    expect(hex(integer(Uint8Array.of(128)))).toBe('02020080');
    expect(hex(integer(Uint8Array.of(0, 0, 1)))).toBe('020101');
    expect(hex(oid('2.999.3'))).toBe('0603883703');
    expect(hex(oid('1.2.840.10045.4.3.2'))).toBe('06082a8648ce3d040302');
    expect(hex(namedBits([0]))).toBe('03020780');
    expect(hex(namedBits([5, 6]))).toBe('03020106');
    expect(hex(namedBits([8]))).toBe('0303070080');
    expect(hex(namedBits([]))).toBe('030100');
    expect(Buffer.from(time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1')).toContain('491231235959Z');
    expect(Buffer.from(time(Date.UTC(2050, 0, 1))).toString('latin1')).toContain('20500101000000Z');
  });

  test('what is written is read back, at every length', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }), (items) => {
        const [outer] = readAll(sequence(...items.map(octets))) ?? [];
        expect(readAll(outer?.contents ?? new Uint8Array())?.map((node) => hex(node.contents))).toEqual(items.map(hex));
      }),
    );
    for (const length of [127, 128, 255, 256, 65_535, 65_536]) expect(readAll(octets(new Uint8Array(length)))?.[0]?.contents.length).toBe(length);
  });

  test('object identifiers come back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 0, max: 39 }),
        fc.array(fc.integer({ min: 0, max: 2 ** 30 }), { minLength: 1, maxLength: 8 }),
        (first, second, rest) => {
          const dotted = [first, second, ...rest].join('.');
          expect(readOid(readAll(oid(dotted))?.[0]?.contents ?? new Uint8Array())).toBe(dotted);
        },
      ),
    );
  });

  test('reading never throws, and refuses lengths that are not the shortest', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readAll(bytes)));
    expect(readAll(Uint8Array.of(0x04, 0x81, 0x01, 0x00))).toBeUndefined();
    expect(readAll(Uint8Array.of(0x04, 0x82, 0x00, 0x80))).toBeUndefined();
    expect(readAll(Uint8Array.of(0x04, 0x80))).toBeUndefined();
    expect(readAll(Uint8Array.of(0x04, 0x02, 0x00))).toBeUndefined();
  });

  test('addresses', () => {
    expect(hex(ipBytes('10.0.0.255'))).toBe('0a0000ff');
    expect(hex(ipBytes('::'))).toBe('0'.repeat(32));
    expect(hex(ipBytes('::ffff:10.0.0.1'))).toBe('00000000000000000000ffff0a000001');
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        fc.pre(isIP(address) === 6);
        expect(ipBytes(address).length).toBe(16);
      }),
    );
  });
});
