// What the product is made of, and out of what it was made: a bill of materials (CycloneDX 1.6), digests of every file, and a statement of provenance
// (in-toto v1 with SLSA's predicate). No moment and no machine is in them, so who builds the same sources gets the same three files.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly packages: Readonly<Record<string, Locked>>;
}

export interface Materials {
  readonly version: string;
  readonly lock: Lock;
  /** Files that were bundled, as esbuild names them. */
  readonly inputs: readonly string[];
  /** sha256 of what carries Envoy's release binary, by architecture. */
  readonly envoy: { readonly version: string; readonly wheels: Readonly<Record<string, string>> };
}

interface Component {
  readonly type: 'application' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly object[];
  readonly description?: string;
}

export interface Bill {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
}

/** What the dashboard is made with and not of. */
const TOOLS = /^(vite|@types\/)/;

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Folder of a package below `node_modules`, where `from` finds it. */
function resolved({ packages }: Lock, name: string, from: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const folder = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[folder] !== undefined) return folder;
    if (at === '') return undefined;
  }
}

/** What the dashboard's own dependencies need, all the way down. */
function ofDashboard(lock: Lock): ReadonlySet<string> {
  const found = new Set<string>();
  const { dependencies = {}, devDependencies = {} } = lock.packages['dashboard'] ?? {};
  const waiting = Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => !TOOLS.test(name))
    .map((name) => ({ name, from: 'dashboard' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const folder = resolved(lock, next.name, next.from);
    if (folder === undefined || found.has(folder)) continue;
    found.add(folder);
    for (const name of Object.keys(lock.packages[folder]?.dependencies ?? {})) waiting.push({ name, from: folder });
  }
  return found;
}

const folderOf = (file: string): string | undefined => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];

function componentOf(folder: string, lock: Lock): Component {
  const { version = '', integrity = '', license } = lock.packages[folder] ?? {};
  if (!integrity.startsWith('sha512-')) throw new Error(`${folder} is part of the product, and the lockfile has no digest of it`);
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  const licenses = license === undefined ? [] : [/ /.test(license) ? { expression: license } : { license: { id: license } }];
  return { type: 'library', 'bom-ref': `${purl}#${folder}`, name, version, purl, hashes: [{ alg: 'SHA-512', content }], licenses };
}

function envoyOf({ version, wheels }: Materials['envoy']): readonly Component[] {
  return Object.entries(wheels).map(([architecture, content]) => ({
    type: 'application',
    'bom-ref': `envoy-${architecture}`,
    name: 'envoy',
    version,
    purl: `pkg:github/envoyproxy/envoy@v${version}?arch=${architecture}`,
    hashes: [{ alg: 'SHA-256', content }],
    licenses: [{ license: { id: 'Apache-2.0' } }],
    description: 'fetched when it is first needed; the digest is of the wheel that carries the release binary',
  }));
}

function nodeOf(lock: Lock): readonly Component[] {
  const { 'bom-ref': _, purl: __, ...node } = componentOf('node_modules/node', lock);
  const description = 'built and tested with; the user brings his own, 24 or newer';
  return [{ ...node, type: 'application', 'bom-ref': 'node', purl: `pkg:generic/node@${node.version}`, description }];
}

/** A name for exactly these components (RFC 9562, version 8). */
function serialOf(components: readonly Component[]): string {
  const hex = sha256(JSON.stringify(components));
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Everything whose code is in the product, and the programs that it runs with. Throws when anything has no digest. */
export function billOf({ version, lock, inputs, envoy }: Materials): Bill {
  const folders = new Set([...inputs.flatMap((file) => folderOf(file) ?? []), ...ofDashboard(lock)]);
  const components = [...envoyOf(envoy), ...nodeOf(lock), ...[...folders].sort().map((folder) => componentOf(folder, lock))];
  const component = {
    type: 'application',
    'bom-ref': 'weft',
    name: 'weft',
    version,
    purl: `pkg:npm/weft@${version}`,
    licenses: [{ license: { id: 'Apache-2.0' } }],
  };
  return { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber: serialOf(components), version: 1, metadata: { component }, components };
}

export interface Digest {
  readonly name: string;
  readonly sha256: string;
}

/** Of every file below a folder, by name. */
export function digestsOf(folder: string): readonly Digest[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path).split(sep).join('/'), sha256: sha256(readFileSync(path)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As `sha256sum --check` reads it. */
export const digestsText = (digests: readonly Digest[]): string => digests.map(({ name, sha256: digest }) => `${digest}  ${name}\n`).join('');

export interface Sources {
  /** Of the repository; undefined outside of one. */
  readonly commit: string | undefined;
  readonly lockfile: string;
  readonly node: string;
}

/** Out of what, and how, the files were made. Whoever releases signs it; it is worth as much as who says it. */
export function provenanceOf(subject: readonly Digest[], { commit, lockfile, node }: Sources): object {
  const source = commit === undefined ? [] : [{ name: 'source', digest: { gitCommit: commit } }];
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subject.map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:weft:npm-run-build:v1',
        externalParameters: { command: 'npm run build' },
        resolvedDependencies: [...source, { name: 'package-lock.json', digest: { sha256: lockfile } }, { name: 'node', annotations: { version: node } }],
      },
      runDetails: { builder: { id: 'urn:weft:npm-run-build:v1' } },
    },
  };
}
