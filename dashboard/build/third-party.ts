// Names, versions and licences of the packages whose code is in the pages.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

function entry(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string | undefined>;
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined && license === undefined) throw new Error(`${folder} has no licence`);
  return `${name} ${version} (${license ?? 'see below'})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim()}\n`;
}

/** A plugin of Vite: writes THIRD-PARTY.txt; fails when a package says nothing of its licence. */
export function thirdParty(): Plugin {
  return {
    name: 'third-party',
    apply: 'build',
    generateBundle() {
      const folders = new Set([...this.getModuleIds()].flatMap((id) => /^\0?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []));
      const parts = [...folders].filter((folder) => existsSync(join(folder, 'package.json'))).sort();
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: `Packages whose code is in these pages.\n\n${parts.map(entry).join('\n----\n\n')}` });
    },
  };
}
