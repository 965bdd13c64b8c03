import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { OpenParts, TimedFiles } from './timed-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-timed-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

class Part implements Disposable {
  readonly file: string;
  disposed = false;
  constructor(file: string) {
    this.file = file;
    writeFileSync(file, '', { flag: 'a' });
  }
  grow(bytes: number): void {
    writeFileSync(this.file, Buffer.alloc(bytes));
  }
  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

const opened = (most = 8): OpenParts<Part> => new OpenParts(most, (file) => new Part(file));
const files = (parts: OpenParts<Part>): TimedFiles<Part> => new TimedFiles({ folder, name: 'x', span: 10, keep: 100, budgetBytes: 800, parts });

test('a file for each stretch of time, found again, forgotten when all that is in it is too old', () => {
  const one = files(opened());
  expect([one.current(5).begun, one.current(14).begun, one.current(15).begun, one.current(3).begun]).toEqual([true, false, true, false]);
  one.current(40);
  writeFileSync(join(folder, 'y-1.db'), '');
  const again = files(opened());
  expect([again.count, again.from, again.ends().length]).toEqual([3, 5, 3]);
  expect([...again.overlapping(14, 16)].map((part) => part.file)).toEqual([5, 15].map((at) => join(folder, `x-${at}.db`)));
  // what came into the first ended at 15, what came into the second at 40
  expect([again.prune(115), again.prune(116), again.prune(141), again.prune(9_999)]).toEqual([0, 1, 1, 0]);
  expect(readdirSync(folder).sort()).toEqual(['x-40.db', 'y-1.db']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('the oldest go while all are over the budget, and a full one is followed by another', () => {
  const one = files(opened());
  for (const at of [0, 10, 20]) one.current(at).part.grow(300);
  expect([one.isFull, one.bytes]).toEqual([true, 900]);
  expect([one.current(20, () => true).begun, one.current(21, () => true).begun, one.count]).toEqual([false, true, 4]);
  expect([one.prune(21), one.count, one.bytes]).toEqual([1, 3, 600]);
  // a clock that was set back does not begin one file after another
  expect([one.begin(3).file, one.current(4).begun]).toEqual([join(folder, 'x-22.db'), false]);
});

test('so many are open at once, those used last', () => {
  const parts = opened(2);
  const one = files(parts);
  const [a, b] = [one.current(0).part, one.current(10).part];
  const [again] = one.overlapping(0, 1);
  expect([a.disposed, b.disposed, again === a]).toEqual([true, false, false]);
  one.current(20);
  expect([b.disposed, again?.disposed]).toEqual([true, false]);
});
