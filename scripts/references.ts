// arrows.json -> src/*/tsconfig.json and the root tsconfig.json: the compiler then refuses an import that has no arrow.
// `--check` fails when a file on disk differs from what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Room {
  readonly pure: boolean;
  readonly imports: readonly string[];
}

const home = fileURLToPath(new URL('..', import.meta.url));
const rooms = JSON.parse(readFileSync(join(home, 'arrows.json'), 'utf8')) as Record<string, Room>;
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const files = new Map<string, string>();
for (const [name, room] of Object.entries(rooms)) {
  const options = { rootDir: '.', outDir: `../../.cache/tsc/${name}`, ...(room.pure ? {} : { types: ['node'], allowJs: false }) };
  const references = room.imports.map((to) => ({ path: `../${to}` }));
  files.set(
    `src/${name}/tsconfig.json`,
    json({ extends: '../../tsconfig.base.json', compilerOptions: options, include: ['.'], exclude: ['**/*.test.ts'], references }),
  );
}
const outside = { types: ['node'], noEmit: true, composite: false, allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false };
files.set(
  'tsconfig.tests.json',
  json({
    extends: './tsconfig.base.json',
    compilerOptions: outside,
    include: ['src/**/*.test.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
  }),
);
files.set('tsconfig.json', json({ files: [], references: Object.keys(rooms).map((name) => ({ path: `src/${name}` })) }));

const check = process.argv.includes('--check');
for (const [name, text] of files) {
  const path = join(home, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) throw new Error(`${name} is out of date: run node scripts/references.ts`);
}
