// 100 SIGKILLs of a process that writes to the store (20 of them are part of the unit suite).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killWriter } from '../contract/store-kills.ts';

test('100 SIGKILLs during writes: every acknowledged write is there, and the file is sound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-kill-'));
  try {
    const report = await killWriter(join(folder, 'data', 'weft.db'), 100);
    process.stderr.write(`durability: ${report.kills} kills, ${report.acknowledged} acknowledged writes, ${report.lost.length} lost\n`);
    expect(report.lost).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(100);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
