// What Weft is built from: one lockfile with a digest for everything, no scripts of packages but two, no versions with known holes.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { billOf, digestsOf, digestsText, type Lock, provenanceOf, sha256 } from '../../scripts/bill.ts';
import { ENVOY_VERSION } from '../../src/machine/index.ts';
import { ENVOY_WHEELS } from '../../src/machine/obtain-envoy.mjs';

const home = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(home, name), 'utf8');

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly link?: boolean;
}

const lock = JSON.parse(read('package-lock.json')) as { readonly lockfileVersion: number; readonly packages: Readonly<Record<string, Locked>> };
const manifest = JSON.parse(read('package.json')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
};
/** The second workspace, and the link to it, are folders of this project. */
const OWN = ['', 'dashboard', 'node_modules/@weft/dashboard'];
const packages = Object.entries(lock.packages).filter(([name]) => !OWN.includes(name));
const dashboard = JSON.parse(read('dashboard/package.json')) as Pick<typeof manifest, 'dependencies' | 'devDependencies'>;

/** Whose scripts may run at installation, and why. */
const SCRIPTS: Readonly<Record<string, string>> = {
  node: 'puts the Node of the project in its place',
  esbuild: 'puts the binary for this platform in its place',
};

/** What is older has holes that are known: in TLS callbacks and HTTP/2 frames (Node, March 2026), in RBAC and SAN matching (Envoy,
 * June 2026; 1.40.0 came after it). */
const FLOORS = { node: [24, 14, 1], envoy: [1, 40, 0] } as const;

function atLeast(version: string, floor: readonly number[]): boolean {
  const parts = version.replace(/^v/, '').split('.').map(Number);
  for (const [at, wanted] of floor.entries()) {
    const own = parts[at] ?? 0;
    if (own !== wanted) return own > wanted;
  }
  return true;
}

test('every package has a digest, comes from the registry alone, and says no address', () => {
  expect(lock.lockfileVersion).toBe(3);
  expect(packages.length).toBeGreaterThan(50);
  expect(packages.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')).map(([name]) => name)).toEqual([]);
  expect(packages.filter(([, { resolved, link }]) => resolved !== undefined || link === true).map(([name]) => name)).toEqual([]);
});

test('the one folder that is linked is the dashboard', () => {
  const linked = Object.entries(lock.packages).filter(([, { link }]) => link === true);
  expect(linked).toEqual([['node_modules/@weft/dashboard', { resolved: 'dashboard', link: true }]]);
});

test('dependencies are exact versions: no ranges, no git, no addresses, no folders', () => {
  for (const [name, version] of [manifest, dashboard].flatMap(({ dependencies, devDependencies }) => Object.entries({ ...dependencies, ...devDependencies })))
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
});

test('scripts of packages run for those that are named here alone', () => {
  expect(manifest.allowScripts).toEqual(Object.fromEntries(Object.keys(SCRIPTS).map((name) => [name, true])));
});

test('Node and Envoy are not older than what is known to be mended', () => {
  expect([atLeast('24.14.0', FLOORS.node), atLeast('24.14.1', FLOORS.node), atLeast('26.0.0', FLOORS.node), atLeast('1.39.9', FLOORS.envoy)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([process.version, atLeast(process.version, FLOORS.node)]).toEqual([process.version, true]);
  expect([manifest.devDependencies['node'], atLeast(manifest.devDependencies['node'] ?? '0', FLOORS.node)]).toEqual([manifest.devDependencies['node'], true]);
  expect([ENVOY_VERSION, atLeast(ENVOY_VERSION, FLOORS.envoy)]).toEqual([ENVOY_VERSION, true]);
});

function sources(folder: string): string[] {
  return readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) =>
    /\.(ts|mjs|js|json|sh)$/.test(name) ? [join(folder, name)] : [],
  );
}

test('no private key stands in what runs', () => {
  const keys = [...sources('src'), ...sources('scripts'), ...sources('examples')]
    .filter((name) => !name.endsWith('.test.ts'))
    .filter((name) => /-----BEGIN [A-Z ]*PRIVATE KEY-----\s*[A-Za-z0-9+/]{40}/.test(read(name)));
  expect(keys).toEqual([]);
});

test('M-14 the bill of materials: what is bundled, all that the dashboard needs, Envoy and Node, each with the digest of the lockfile; the same each time', () => {
  const envoy = { version: ENVOY_VERSION, wheels: ENVOY_WHEELS };
  const make = (inputs: readonly string[]) => billOf({ version: '0.1.0', lock: lock as Lock, inputs, envoy });
  const bill = make(['node_modules/zod/v4/index.js', 'src/base/index.ts', 'node_modules/@grpc/grpc-js/build/x.js']);
  const names = bill.components.map(({ name }) => name);
  for (const name of ['zod', '@grpc/grpc-js', 'react', 'react-dom', 'scheduler', 'uplot', 'node', 'envoy']) expect(names).toContain(name);
  for (const name of ['vite', 'vitest', 'typescript', 'esbuild', 'weft']) expect(names).not.toContain(name);
  expect(new Set(bill.components.map((each) => each['bom-ref'])).size).toBe(bill.components.length);
  for (const { name, purl, hashes } of bill.components)
    expect([name, purl, hashes[0]?.content]).toEqual([
      name,
      expect.stringMatching(/^pkg:\w+\/.+@v?\d/),
      expect.stringMatching(/^([0-9a-f]{64}|[0-9a-f]{128})$/),
    ]);
  const zod = bill.components.find(({ name }) => name === 'zod');
  expect(`sha512-${Buffer.from(zod?.hashes[0]?.content ?? '', 'hex').toString('base64')}`).toBe(lock.packages['node_modules/zod']?.integrity);
  expect(make(['node_modules/@grpc/grpc-js/build/x.js', 'node_modules/zod/v4/index.js'])).toEqual(bill);
  expect(make([]).serialNumber).not.toBe(bill.serialNumber);
  expect(() => make(['node_modules/unknown/index.js'])).toThrow('has no digest of it');
});

test('M-14 the statement of provenance names every file, and the sources', () => {
  const digests = digestsOf(join(home, 'examples'));
  expect(digests.length).toBeGreaterThan(3);
  expect(digestsText(digests).split('\n')[0]).toMatch(/^[0-9a-f]{64} {2}\S+$/);
  const said = provenanceOf(digests, { commit: 'c', lockfile: sha256(read('package-lock.json')), node: 'v24' });
  expect(said).toMatchObject({ subject: digests.map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })) });
  expect(JSON.stringify(said)).toContain(sha256(read('package-lock.json')));
  expect(JSON.stringify(said)).not.toContain(home);
});
