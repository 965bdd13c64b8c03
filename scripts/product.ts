// The command line in a few files of JavaScript, as in the package, where tests find it: a program out of it begins with half the CPU that one from sources
// takes, and tests begin a thousand. Kept by what it is made of, so that only a change of the sources builds it again.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { pureRooms } from './pure-rooms.ts';

const home = join(import.meta.dirname, '..');

/** Bundled CommonJS packages still ask for Node's own modules with `require`. */
const BANNER = `import { createRequire as weftRequire } from 'node:module';
import { dirname as weftDirname } from 'node:path';
import { fileURLToPath as weftPath } from 'node:url';
const require = weftRequire(import.meta.url), __filename = weftPath(import.meta.url), __dirname = weftDirname(__filename);`;

/** Bundles of these files and of all that they need, as they are in the package. */
export async function bundled(entryPoints: readonly { readonly in: string; readonly out: string }[], outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [...entryPoints],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: BANNER },
    legalComments: 'eof',
    metafile: true,
    logLevel: 'warning',
    tsconfigRaw: {},
    plugins: [pureRooms],
    absWorkingDir: home,
  });
  return metafile;
}

/** src/bin/command-line.ts and all it needs into `outdir`; what is imported late stays in files of its own, so that `weft --help` loads no control plane. */
export function buildProgram(outdir: string): Promise<Metafile> {
  const entries = [
    { in: join(home, 'src/bin/command-line.ts'), out: 'weft' },
    // threads of their own begin in files of their own
    { in: join(home, 'src/telemetry/keeper-thread.ts'), out: 'keeper-thread' },
    { in: join(home, 'src/telemetry/listening-thread.ts'), out: 'listening-thread' },
    { in: join(home, 'src/telemetry/traces/spans-thread.ts'), out: 'spans-thread' },
    { in: join(home, 'src/telemetry/metrics/meter-thread.ts'), out: 'meter-thread' },
  ];
  return bundled(entries, outdir);
}

/** Everything that decides what the program is: our sources by content, Envoy's generated messages and the packages by their stamps. */
function identityOf(): string {
  const hash = createHash('sha256');
  for (const file of [...globSync('src/**/*.{ts,mjs,js,json}', { cwd: home }), 'scripts/product.ts', 'scripts/pure-rooms.ts', 'package-lock.json'].sort())
    if (!file.endsWith('.test.ts')) hash.update(file).update(readFileSync(join(home, file)));
  for (const file of globSync('gen/*', { cwd: home }).sort()) hash.update(`${file} ${statSync(join(home, file)).mtimeMs}`);
  return hash.digest('hex').slice(0, 16);
}

const LAUNCHER = `import { enableCompileCache } from 'node:module';
enableCompileCache();
await import('./weft.js');
`;

/** An older program may still run somewhere. */
const KEPT_MS = 24 * 3600_000;

/** The file with which Node runs the program as the sources are now. It stands as deep as src/bin: bin/version.ts looks for package.json from there. */
export async function preparedProgram(): Promise<string> {
  const cache = join(home, '.cache');
  const folder = join(cache, `program-${identityOf()}`);
  const entry = join(folder, 'start.js');
  if (existsSync(entry)) return entry;
  mkdirSync(cache, { recursive: true });
  const fresh = join(cache, `building-${process.pid}`);
  await buildProgram(fresh);
  writeFileSync(join(fresh, 'start.js'), LAUNCHER);
  try {
    renameSync(fresh, folder);
  } catch {
    // somebody else was faster, with the same
    rmSync(fresh, { recursive: true, force: true });
  }
  for (const name of readdirSync(cache).filter((each) => each.startsWith('program-')))
    if (Date.now() - statSync(join(cache, name)).mtimeMs > KEPT_MS) rmSync(join(cache, name), { recursive: true, force: true });
  return entry;
}
