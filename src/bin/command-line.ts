// The command line's process: its streams, its signals, its exit code. Everything else is in cli.
import { type Actions, type Io, main } from '../cli/index.ts';
import { WEFT_VERSION } from './version.ts';

const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());

// a reader that went away (`weft get services | head`) is no failure
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}

const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  terminal: process.stdout.isTTY === true,
  columns: process.stdout.columns ?? 80,
  signal: interrupt.signal,
  now: Date.now,
};

// Loaded when they are asked for: `weft get` needs neither a control plane nor Envoy's messages.
const actions: Actions = {
  version: WEFT_VERSION,
  weft: [process.execPath, ...process.execArgv, process.argv[1] ?? 'weft'],
  up: async (request) => (await import('./up.ts')).up(request),
  run: async (options) => (await import('./run.ts')).run(options),
  agent: async (request) => (await import('./agent/index.ts')).agent(request),
  restore: async (request) => (await import('./restore.ts')).restore(request),
  seal: {
    status: async (...request) => (await import('./seal.ts')).sealStatus(...request),
    rekey: async (...request) => (await import('./seal.ts')).rekey(...request),
    newKey: async (path) => (await import('./seal.ts')).newKey(path),
  },
};

const code = await main(process.argv.slice(2), io, actions);
// both streams are written out before the process ends
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
