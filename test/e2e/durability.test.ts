// SIGKILLs of a process that writes to the store: 100, or as many as WEFT_KILLS says (20 of them are part of the unit suite).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killWriter } from '../contract/store-kills.ts';

const KILLS = Number(process.env['WEFT_KILLS'] ?? 100);

test(`${KILLS} SIGKILLs during writes: every acknowledged write is there, and the file is sound`, { timeout: 60_000 + KILLS * 2_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-kill-'));
  try {
    const report = await killWriter(join(folder, 'data', 'weft.db'), KILLS);
    process.stderr.write(`durability: ${report.kills} kills, ${report.acknowledged} acknowledged writes, ${report.lost.length} lost\n`);
    expect(report.lost).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(KILLS);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
