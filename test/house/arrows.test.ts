// The rooms and their arrows: what the compiler cannot say is checked here.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Room {
  readonly pure: boolean;
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const home = resolve(import.meta.dirname, '../..');
const rooms = JSON.parse(readFileSync(join(home, 'arrows.json'), 'utf8')) as Record<string, Room>;

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.ts$/.test(name) && !/\.test\.ts$/.test(name) ? [path] : [];
  });
}

const IMPORTS = /^\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
const specifiers = (text: string): string[] => [...text.matchAll(IMPORTS)].map((found) => found[1] ?? found[2] ?? found[3] ?? '');

/** Why an import of a file in `room` is not allowed, or undefined. */
function complaint(room: string, file: string, to: string): string | undefined {
  const { imports, packages, pure } = rooms[room] ?? { imports: [], packages: [], pure: true };
  if (to.startsWith('#gen/')) return room === 'envoy' || room === 'xds' ? undefined : 'generated Envoy messages belong to the envoy room';
  if (to.startsWith('node:')) return pure ? 'a pure room does no I/O' : undefined;
  if (!to.startsWith('.')) return packages.some((name) => to === name || to.startsWith(`${name}/`)) ? undefined : `package ${to} is not listed for this room`;
  const target = relative(join(home, 'src'), resolve(dirname(file), to));
  const [other] = target.split('/');
  if (other === room) return undefined;
  if (other === undefined || !imports.includes(other)) return `no arrow from ${room} to ${other}`;
  return target === `${other}/index.ts` ? undefined : `only the door ${other}/index.ts may be imported`;
}

describe('arrows', () => {
  test('every folder of src is a room of the table, and the table has no cycle', () => {
    expect(readdirSync(join(home, 'src')).sort()).toEqual(Object.keys(rooms).sort());
    const order = Object.keys(rooms);
    for (const [name, room] of Object.entries(rooms))
      for (const to of room.imports) expect(order.indexOf(to), `${name} -> ${to}`).toBeLessThan(order.indexOf(name));
  });

  for (const room of Object.keys(rooms)) {
    test(`${room} imports only what its arrows allow`, () => {
      const files = sources(join(home, 'src', room));
      expect(files.length).toBeGreaterThan(0);
      const complaints = files.flatMap((file) =>
        specifiers(readFileSync(file, 'utf8')).flatMap((to) => {
          const why = complaint(room, file, to);
          return why === undefined ? [] : [`${relative(home, file)}: ${to}: ${why}`];
        }),
      );
      expect(complaints).toEqual([]);
    });
  }

  test('a package is imported at once, or by a file of ours that is loaded late: in the bundle a CommonJS one has no names when it is imported late', () => {
    const late = sources(join(home, 'src')).filter((file) => /\bimport\(\s*['"](?!node:)[^.'"]/.test(readFileSync(file, 'utf8')));
    expect(late.map((file) => relative(home, file))).toEqual([]);
  });
});
