// What is built: one page and its parts, cut by page, with a digest in every name, packed ahead of time. Nothing is put inline, so the page needs no
// exception from the strictest policy that browsers know.
import { defineConfig } from 'vite';
import { packed } from './build/packed.ts';
import { thirdParty } from './build/third-party.ts';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic' } },
  plugins: [thirdParty(), packed()],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    // Packages mark parts for frameworks that render on a server; here is none.
    rolldownOptions: { onLog: (level, log, tell) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(level, log)) },
  },
  // `npm run dev -w dashboard` beside a control plane: pages reload by themselves, answers are real.
  server: { proxy: Object.fromEntries(['/weft', '/api', '/apis', '/version'].map((path) => [path, process.env['WEFT_SERVER'] ?? 'http://127.0.0.1:7400'])) },
});
