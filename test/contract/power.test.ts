// D-03: the power is cut at the syncs of a process that keeps what a control plane keeps, and between them. Some dozens of cuts; thousands are a drill.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cutPower } from '../kit/power-kit.ts';
import { needs } from '../kit/require.ts';

const CUTS = Number(process.env['WEFT_POWER_CUTS'] ?? 80);
const TRANSACTIONS = Number(process.env['WEFT_POWER_WRITES'] ?? 8);
const SEED = Number(process.env['WEFT_POWER_SEED'] ?? 1);

const compiler = needs('compiler', spawnSync('cc', ['--version']).status === 0);

/** How far a long one is. */
function progress(share: number, lost: number): void {
  if (CUTS >= 1_000) process.stderr.write(`\rpower [${'#'.repeat(share * 30).padEnd(30, '.')}] ${Math.floor(share * 100)} %, ${lost} lost `);
}

test.skipIf(compiler.skip)(`about ${CUTS} power cuts: what was acknowledged is there, and it opens by itself`, { timeout: 60_000 + CUTS * 500 }, async () => {
  const report = await cutPower({ sessions: [TRANSACTIONS, TRANSACTIONS, TRANSACTIONS], cuts: CUTS, seed: SEED, told: progress });
  process.stderr.write(`power: ${report.cuts} cuts at and between ${report.syncs} syncs, ${report.acknowledged} acknowledged, ${report.lost.length} lost\n`);
  expect(report.lost).toEqual([]);
  expect(report.cuts).toBeGreaterThan(CUTS / 3);
});
