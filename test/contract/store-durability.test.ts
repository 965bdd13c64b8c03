import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killWriter } from './store-kills.ts';

test('20 SIGKILLs during writes: every acknowledged write is there', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-kill-'));
  try {
    const report = await killWriter(join(folder, 'weft.db'), 20);
    expect(report.lost).toEqual([]);
    expect(report.acknowledged).toBeGreaterThan(20);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
