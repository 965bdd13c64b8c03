// src/bin/command-line.ts and all it needs, and the dashboard -> dist/, for `npm pack`. Packages and Envoy's generated messages are bundled; what is imported
// late stays in files of its own, so that `weft --help` loads no control plane.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVOY_VERSION, ENVOY_WHEELS } from '../src/machine/obtain-envoy.mjs';
import { billOf, digestsOf, digestsText, type Lock, provenanceOf, sha256 } from './bill.ts';
import { buildPlugin } from './plugin.ts';
import { buildProgram } from './product.ts';

const home = join(import.meta.dirname, '..');
const dist = join(home, 'dist');

/** Runs on any Node that knows modules: it must be able to say that it is too old. The cache halves the time to the first word. */
const LAUNCHER = `#!/usr/bin/env node
import * as modules from 'node:module';

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(\`error: Weft needs Node 24 or newer, and this is \${process.versions.node}\\n  install it from https://nodejs.org, then try again\\n\`);
  process.exit(1);
}
if (typeof modules.enableCompileCache === 'function') modules.enableCompileCache();
await import('./js/weft.js');
`;

/** Names, versions and licence texts of the packages that are in the bundle; fails when one has no licence file or field. */
function thirdParty(inputs: readonly string[]): string {
  const folders = new Set(inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(home, folder, 'package.json'), 'utf8')) as Record<string, string | undefined>;
    const file = readdirSync(join(home, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file !== undefined && existsSync(join(home, folder, file)) ? readFileSync(join(home, folder, file), 'utf8').trim() : '';
    if (text === '' && license === undefined) throw new Error(`${folder} has no licence`);
    return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
  });
  return `Packages whose code is part of this one, and the API of Envoy (Apache-2.0).\n\n${parts.join('\n----\n\n')}`;
}

// the dashboard stays: its stamp says whether it is as its sources are, and a control plane may serve it meanwhile
if (existsSync(dist)) for (const name of readdirSync(dist).filter((each) => each !== 'dashboard')) rmSync(join(dist, name), { recursive: true, force: true });
// two folders deep: bin/version.ts looks for package.json where it is from src/bin
const metafile = await buildProgram(join(dist, 'js'));
mkdirSync(dist, { recursive: true });
await buildPlugin(join(dist, 'weft-cni.cjs'));
writeFileSync(join(dist, 'weft.js'), LAUNCHER);
chmodSync(join(dist, 'weft.js'), 0o755);
// the same steps as at setup, with the same stamps
const dashboard = spawnSync(process.execPath, [join(home, 'scripts', 'setup.mjs'), '--quiet'], { stdio: 'inherit' });
if (dashboard.status !== 0) process.exit(dashboard.status ?? 1);
// that of the pages is made of their modules, where they are built (dashboard/build/third-party.ts)
const pages = readFileSync(join(dist, 'dashboard', 'THIRD-PARTY.txt'), 'utf8');
writeFileSync(join(dist, 'THIRD-PARTY.txt'), `${thirdParty(Object.keys(metafile.inputs))}\n====\n\n${pages}`);
const lockfile = readFileSync(join(home, 'package-lock.json'), 'utf8');
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { readonly version: string };
const envoy = { version: ENVOY_VERSION, wheels: ENVOY_WHEELS };
const bill = billOf({ version, lock: JSON.parse(lockfile) as Lock, inputs: Object.keys(metafile.inputs), envoy });
writeFileSync(join(dist, 'weft.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
const digests = digestsOf(dist);
writeFileSync(join(dist, 'SHA256SUMS'), digestsText(digests));
const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: home, encoding: 'utf8' });
const commit = head.status === 0 ? head.stdout.trim() : undefined;
const statement = provenanceOf(digests, { commit, lockfile: sha256(lockfile), node: process.version });
writeFileSync(join(dist, 'provenance.json'), `${JSON.stringify(statement, null, 2)}\n`);
const outputs = Object.values(metafile.outputs);
const size = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
process.stderr.write(`✔ dist: ${outputs.length + 1} files, ${(size / 1e6).toFixed(1)} MB\n`);
