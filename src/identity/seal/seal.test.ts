import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cipherOf, isSealed, newDataKey } from './cipher.ts';
import { readHeader, writeHeader } from './header.ts';
import { makeKeyFile, type SealSources } from './key-source.ts';
import { openSeal, rekeySeal } from './open.ts';

let folder: string;
let data: string;
const sources = (more: Partial<SealSources> = {}): SealSources => ({ env: { XDG_CONFIG_HOME: join(folder, 'config') }, home: folder, ...more });
const keyFile = (name: string): string => {
  const path = join(folder, name);
  makeKeyFile(path);
  return path;
};
const passphrase = (text: string): string => {
  const path = join(folder, 'passphrase');
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-seal-'));
  data = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('text', () => {
  it('opens for its place alone, and not when a bit of it changed', () => {
    const cipher = cipherOf([newDataKey()]);
    const sealed = cipher.seal('the key', 'ca/root.key');
    expect(isSealed(sealed)).toBe(true);
    expect(sealed).not.toContain('the key');
    expect(cipher.open(sealed, 'ca/root.key')).toBe('the key');
    expect(() => cipher.open(sealed, 'tokens.key')).toThrow(/tokens\.key was altered, or belongs to another place/);
    const body = Buffer.from(sealed.slice(sealed.lastIndexOf(':') + 1), 'base64url');
    for (let at = 0; at < body.length; at++) {
      const other = Buffer.from(body);
      other[at] = (other[at] ?? 0) ^ 1;
      expect(() => cipher.open(sealed.slice(0, sealed.lastIndexOf(':') + 1) + other.toString('base64url'), 'ca/root.key')).toThrow(/altered/);
    }
    expect(() => cipherOf([newDataKey()]).open(sealed, 'ca/root.key')).toThrow(/with the data key [0-9a-f]{8}, which seal\.json does not have/);
    expect(() => cipher.open('plain', 'ca/root.key')).toThrow(/is not sealed, although this data folder is/);
  });

  it('is never the same twice', () => {
    const cipher = cipherOf([newDataKey()]);
    expect(new Set(Array.from({ length: 100 }, () => cipher.seal('x', 'y'))).size).toBe(100);
  });
});

describe('the key', () => {
  it('is a file of the user’s own when nobody says otherwise, one for every data folder', () => {
    const first = openSeal(data, sources());
    const second = openSeal(join(folder, 'other'), sources());
    expect(first.madeKey).toBe(join(folder, 'config/weft/keys', `${first.install}.key`));
    expect(statSync(first.madeKey ?? '').mode & 0o777).toBe(0o600);
    expect(readFileSync(first.madeKey ?? '', 'utf8')).not.toBe(readFileSync(second.madeKey ?? '', 'utf8'));
    expect(openSeal(data, sources())).toMatchObject({ madeKey: undefined, install: first.install });
  });

  it('is named by flag, variable or systemd credential, in this order', () => {
    const [flag, variable] = [keyFile('flag.key'), keyFile('variable.key')];
    const env = { WEFT_SEAL_KEY_FILE: variable, CREDENTIALS_DIRECTORY: join(folder, 'credentials') };
    mkdirSync(env.CREDENTIALS_DIRECTORY);
    writeFileSync(join(env.CREDENTIALS_DIRECTORY, 'weft.seal-key'), 'c'.repeat(43), { mode: 0o440 });
    expect(openSeal(join(folder, 'a'), sources({ keyFile: flag, env })).from).toContain('--seal-key-file');
    expect(openSeal(join(folder, 'b'), sources({ env })).from).toContain('WEFT_SEAL_KEY_FILE');
    expect(openSeal(join(folder, 'c'), sources({ env: { CREDENTIALS_DIRECTORY: env.CREDENTIALS_DIRECTORY } })).from).toContain('systemd credential');
    expect(() => openSeal(data, sources({ keyFile: flag, passphraseFile: variable }))).toThrow(/both named/);
  });

  it('that is wrong is told from one that is missing, of another kind, too short, open to others, or beside what it seals', () => {
    const right = keyFile('right.key');
    openSeal(data, sources({ keyFile: right }));
    const before = readFileSync(join(data, 'seal.json'), 'utf8');
    const opening = (more: Partial<SealSources>) => () => openSeal(data, sources(more));
    expect(opening({ keyFile: keyFile('wrong.key') })).toThrow(
      /wrong\.key \(--seal-key-file\) does not open the seal of .*: it was sealed with the key [0-9a-f]{8}, and this is [0-9a-f]{8}/,
    );
    expect(opening({ keyFile: join(folder, 'none') })).toThrow(/none \(--seal-key-file\) is not there.*put the file back/);
    expect(opening({})).toThrow(/config\/weft\/keys\/.*\.key is not there/);
    expect(opening({ passphraseFile: passphrase('correct horse battery') })).toThrow(/it was sealed with a key file: give --seal-key-file/);
    writeFileSync(join(folder, 'short'), 'short', { mode: 0o600 });
    expect(opening({ keyFile: join(folder, 'short') })).toThrow(/too short/);
    chmodSync(right, 0o640);
    expect(opening({ keyFile: right })).toThrow(/open to other users \(mode 0640\)/);
    expect(() => openSeal(join(folder, 'new'), sources({ keyFile: join(folder, 'new', 'x.key') }))).toThrow(/stands in the data folder that it seals/);
    expect(() => makeKeyFile(right)).toThrow(/never overwritten/);
    expect(readFileSync(join(data, 'seal.json'), 'utf8')).toBe(before);
    expect(readdirSync(data)).toEqual(['seal.json']);
  });

  it('may be a passphrase', () => {
    const path = passphrase('correct horse battery');
    const { files } = openSeal(data, sources({ passphraseFile: path }));
    files.write(join(data, 'tokens.key'), 'secret');
    expect(openSeal(data, sources({ passphraseFile: path })).files.read(join(data, 'tokens.key'))).toBe('secret');
    passphrase('another horse battery');
    expect(() => openSeal(data, sources({ passphraseFile: path }))).toThrow(/another passphrase was set/);
    expect(readHeader(data)).toMatchObject({ keyCheck: '', derivation: { name: 'scrypt', n: 131072 } });
  });
});

describe('a folder', () => {
  it('from before the seal is sealed where it stands', () => {
    mkdirSync(join(data, 'ca'), { recursive: true, mode: 0o700 });
    for (const [name, text] of [
      ['ca/root.key', 'ROOT'],
      ['tokens.key', 'TOKENS'],
      ['admin.token', 'ADMIN'],
      ['kubeconfig', 'ADMIN'],
    ] as const)
      writeFileSync(join(data, name), text, { mode: 0o600 });
    const { files } = openSeal(data, sources());
    for (const [name, text] of [
      ['ca/root.key', 'ROOT'],
      ['tokens.key', 'TOKENS'],
      ['admin.token', 'ADMIN'],
    ] as const) {
      expect(readFileSync(join(data, name), 'utf8')).toMatch(/^weft-sealed:1:/);
      expect(files.read(join(data, name))).toBe(text);
    }
    expect(existsSync(join(data, 'kubeconfig'))).toBe(false);
    writeFileSync(join(data, 'tokens.key'), 'somebody’s', { mode: 0o600 });
    expect(() => files.read(join(data, 'tokens.key'))).toThrow(/tokens\.key is not sealed, although this data folder is/);
  });

  it('whose sealing was cut short is sealed by the next start', () => {
    openSeal(data, sources());
    const header = readHeader(data);
    if (header === undefined) return expect.fail('no header');
    writeFileSync(join(data, 'tokens.key'), 'TOKENS', { mode: 0o600 });
    writeHeader(data, { ...header, unfinished: true });
    expect(openSeal(data, sources()).files.read(join(data, 'tokens.key'))).toBe('TOKENS');
    expect(readHeader(data)).toEqual(header);
  });

  it('opens with the new key alone after rekey, and with the new key when rekey was cut short', () => {
    const [old, next, last] = [keyFile('old.key'), keyFile('next.key'), keyFile('last.key')];
    openSeal(data, sources({ keyFile: old })).files.write(join(data, 'tokens.key'), 'TOKENS');
    const to = (path: string) => ({ kind: 'key-file' as const, path, from: path });
    const before = readFileSync(join(data, 'tokens.key'), 'utf8');
    const rows: string[] = [];
    rekeySeal(data, { from: sources({ keyFile: old }), to: to(next), rows: ({ keyId }) => rows.push(keyId) });
    expect(rows).toEqual([readHeader(data)?.keys[0]?.id]);
    expect(readHeader(data)?.keys).toHaveLength(1);
    expect(readFileSync(join(data, 'tokens.key'), 'utf8')).not.toBe(before);
    expect(() => openSeal(data, sources({ keyFile: old }))).toThrow(/seal-wrong-key|does not open/);
    const cut = (): never => {
      throw new Error('the power went');
    };
    expect(() => rekeySeal(data, { from: sources({ keyFile: next }), to: to(last), rows: cut })).toThrow('the power went');
    expect(openSeal(data, sources({ keyFile: last })).files.read(join(data, 'tokens.key'))).toBe('TOKENS');
  });
});
