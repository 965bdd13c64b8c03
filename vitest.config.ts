import { defineConfig } from 'vitest/config';

// unit: rooms and goldens, under 20 s together. contract: what several rooms promise each other. envoy: real Envoy processes.
// truth: one row of the table of features each, observed in traffic, two files at a time: most of it is waiting. kubernetes: with a real API server. bed: with a whole cluster, its nodes and our images. e2e: the product as a user runs it. drill: what takes
// minutes because something must run out, not part of `npm test` (npm run drill). browser: the dashboard in Chromium against a real control plane.
/** Suites that start `weft` as a process start what was built of it. */
const BUILT = 'test/kit/program-setup.ts';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/house/**/*.test.ts', 'dashboard/src/**/*.test.ts'], setupFiles: ['test/kit/seed.ts'], pool: 'threads', isolate: false, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], globalSetup: [BUILT], setupFiles: ['test/kit/seed.ts'], pool: 'threads', testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'envoy', include: ['test/envoy/**/*.test.ts'], globalSetup: [BUILT], pool: 'forks', fileParallelism: false, testTimeout: 120_000, hookTimeout: 60_000 } },
      { test: { name: 'truth', include: ['test/truth/**/*.test.ts'], globalSetup: [BUILT], pool: 'forks', maxWorkers: 2, testTimeout: 180_000, hookTimeout: 60_000 } },
      { test: { name: 'kubernetes', include: ['test/kubernetes/**/*.test.ts'], globalSetup: [BUILT], exclude: ['test/kubernetes/bed/**'], pool: 'forks', fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: 'bed', include: ['test/kubernetes/bed/**/*.test.ts'], globalSetup: [BUILT, 'test/kit/bed-setup.ts'], pool: 'forks', fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], globalSetup: [BUILT], pool: 'forks', fileParallelism: false, testTimeout: 300_000, hookTimeout: 120_000 } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], globalSetup: [BUILT], pool: 'forks', fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'drill', include: ['test/drill/**/*.test.ts'], globalSetup: [BUILT], pool: 'forks', fileParallelism: false, testTimeout: 600_000, hookTimeout: 120_000 } },
    ],
  },
});
