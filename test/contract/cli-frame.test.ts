// The command line as one calls it, `main` with words: what it understands, what it answers to slips, with which code it ends, and
// how it finds the control plane. The control plane is a real one in a folder of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJoinToken } from '../../src/api/index.ts';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { type Actions, main, type UpRequest } from '../../src/cli/index.ts';
import type { RunOptions } from '../../src/machine/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-cli-'));
const data = join(folder, 'data');
let plane: RunningControlPlane;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : expect.fail('no port');
}

beforeAll(async () => {
  const [api, xds] = [await freePort(), await freePort()];
  plane = await openControlPlane({
    directory: data,
    api: { host: '127.0.0.1', port: api },
    xds: { host: '127.0.0.1', port: xds },
    clock: systemClock,
    log: () => {},
  });
}, 30_000);

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly ups: readonly UpRequest[];
  readonly runs: readonly RunOptions[];
}

interface Circumstances {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
}

async function weft(argv: readonly string[], { env = {}, terminal = false, signal = new AbortController().signal }: Circumstances = {}): Promise<Ended> {
  const [out, err, ups, runs]: [string[], string[], UpRequest[], RunOptions[]] = [[], [], [], []];
  const actions: Actions = {
    version: '1.2.3',
    weft: ['weft'],
    up: async (request) => {
      ups.push(request);
      await request.prepare(plane);
      return 0;
    },
    run: async (options) => {
      runs.push(options);
      return 7;
    },
    agent: () => expect.fail('not here'),
    restore: () => expect.fail('not here'),
    seal: { status: () => expect.fail('not here'), rekey: () => expect.fail('not here'), newKey: () => expect.fail('not here') },
  };
  const io = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
    stdin: Readable.from([]),
    env: { WEFT_DATA: data, ...env },
    cwd: folder,
    terminal,
    columns: 100,
    signal,
    now: () => 0,
  };
  return { code: await main(argv, io, actions), out: out.join(''), err: err.join(''), ups, runs };
}

describe('help', () => {
  it('begins with two examples, groups the commands, and hides what is for scripts', async () => {
    const { code, out, err } = await weft(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').slice(0, 3)).toEqual(['Examples', '  weft up', '  weft run --service web --port 8080 -- node web.js']);
    expect(out).toMatch(/\n {2}proxy-config, pc {2}/);
    expect(out).not.toContain('__complete');
    expect((await weft(['help'])).out).toBe(out);
  });

  it('is there for every command, with its examples first', async () => {
    const names = [...(await weft(['--help'])).out.matchAll(/^ {2}([a-z-]+)(?:, [a-z]+)? {2,}\S/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThanOrEqual(18);
    for (const name of names.filter((each) => !each.startsWith('-'))) {
      const { code, out } = await weft([name, '--help']);
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(out).toMatch(/^Examples:\n {2}\S/);
      expect((await weft(['help', name])).out).toBe(out);
    }
  });

  it('loads neither schemas nor the wire nor the messages of Envoy', () => {
    const root = join(import.meta.dirname, '../..');
    const spy = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, given, next) => { process.stderr.write(url + '\\n'); return next(url, given); } });`;
    const hook = `data:text/javascript,${encodeURIComponent(spy)}`;
    const node = join(root, 'node_modules/.bin/node');
    const loaded = execFileSync('sh', ['-c', '"$@" 2>&1 >/dev/null', 'sh', node, '--import', hook, 'src/bin/weft.ts', '--help'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(loaded).toContain('/src/cli/frame/help.ts');
    expect(loaded).not.toMatch(/node_modules\/(?:zod|@grpc|@bufbuild|fastify|yaml|pino)\/|\/gen\/|\/src\/(?:model|wire|machine|envoy|compile)\//);
  });
});

describe('slips', () => {
  it.each([
    [['aply'], 'there is no command "aply": did you mean "apply"?', 'weft --help'],
    [['up', '--trust-domian', 'x'], "unknown option '--trust-domian': did you mean --trust-domain?", 'weft up --help'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish.', 'weft completion --help'],
    [['token'], "missing required argument 'action'", 'weft token --help'],
    [['-v'], 'a command is missing behind -v', 'weft --help'],
    [['version', '--color', 'blue'], 'Allowed choices are auto, always, never.', 'weft version --help'],
  ])('%j', async (argv, words, hint) => {
    const { code, out, err } = await weft(argv);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toMatch(/^error: /);
    expect(err).toContain(words);
    expect(err).toContain(`  see: ${hint}\n`);
  });

  it('nothing at all shows the help, as a mistake', async () => {
    const { code, out, err } = await weft([]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain('weft COMMAND');
  });

  it('a timeout that is none', async () => {
    expect(await weft(['status', '--timeout', 'soon'])).toMatchObject({ code: 64, err: expect.stringContaining('--timeout soon is no duration') });
  });
});

describe('where the control plane is', () => {
  it('the one of the data folder, by environment or flag, before or behind the command', async () => {
    for (const argv of [['status'], ['--data', data, 'status'], ['status', '--data', data], [`--data=${data}`, 'status']]) {
      const { code, out } = await weft(argv, argv.length > 1 ? { env: { WEFT_DATA: '/nowhere' } } : {});
      expect({ argv, code }).toEqual({ argv, code: 0 });
      expect(out).toContain(plane.apiUrl);
    }
  });

  it('one that is named, with the token from a file or the environment', async () => {
    const env = { WEFT_DATA: '/nowhere' };
    const file = join(data, 'admin.token');
    expect(await weft(['status', '--server', plane.apiUrl, '--token-file', file], { env })).toMatchObject({ code: 0, err: '' });
    expect(await weft(['status'], { env: { ...env, WEFT_SERVER: plane.apiUrl, WEFT_TOKEN: readFileSync(file, 'utf8').trim() } })).toMatchObject({ code: 0 });
    expect(await weft(['status'], { env: { ...env, WEFT_SERVER: plane.apiUrl } })).toMatchObject({ code: 69, err: expect.stringContaining('--token-file') });
    const wrong = await weft(['status'], { env: { WEFT_TOKEN: 'not-this-one' } });
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('--token-file') });
  });

  it('none: 69, and how to start one', async () => {
    const none = await weft(['status'], { env: { WEFT_DATA: join(folder, 'none') } });
    expect(none).toMatchObject({ code: 69, out: '' });
    expect(none.err).toMatch(/^error: no control plane runs on .*none\n {2}start one: weft up\n/);
    const port = await freePort();
    const away = await weft(['status', '--server', `http://127.0.0.1:${port}`]);
    expect(away).toMatchObject({ code: 69 });
    expect(away.err).toMatch(/^error: no control plane at http:\/\/127\.0\.0\.1:\d+\n {2}start one: weft up\n/);
  });
});

describe('weft token', () => {
  it('the token alone on standard output, its use beside', async () => {
    const { code, out, err } = await weft(['token', 'create', '--service-account', 'shop/checkout', '--ttl', '5m']);
    expect(code).toBe(0);
    expect(readJoinToken(out)).toMatchObject({ ok: true, value: { namespace: 'shop', serviceAccount: 'checkout' } });
    expect(err).toContain(`weft run --control-plane ${plane.xdsAddress} --service checkout`);
    expect(await weft(['token', 'create', '--service-account', 'web', '-n', 'shop', '-q'])).toMatchObject({ code: 0, err: '' });
  });

  it('as JSON', async () => {
    const { out, err } = await weft(['token', 'create', '--service-account', 'shop/checkout', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ token: expect.any(String), expiresAt: expect.any(String), namespace: 'shop', serviceAccount: 'checkout' });
    expect(err).toBe('');
  });

  it.each([[[]], [['--service-account', 'a/b/c']], [['--service-account', 'a', '--ttl', '2d']], [['--service-account', 'a', '--label', 'x']]])(
    '%j is refused',
    async (flags) => {
      expect(await weft(['token', 'create', ...flags])).toMatchObject({ code: 64, out: '', err: expect.stringMatching(/^error: /) });
    },
  );
});

describe('weft run', () => {
  it('flags, words of the command, and a token from the local control plane', async () => {
    const flags = [
      '--service',
      'web',
      '-n',
      'shop',
      '--port',
      '80:9090/grpc',
      '--port',
      '8081',
      '--version',
      'v2',
      '--label',
      'tier=front',
      '--no-service',
      '--drain',
      '1m',
    ];
    const { code, runs } = await weft(['run', ...flags, '--', 'node', 'web.js', '--version', '-n', 'x']);
    expect(code).toBe(7);
    const [options] = runs;
    expect(options).toMatchObject({
      service: 'web',
      namespace: 'shop',
      serviceAccount: 'web',
      ports: [{ port: 9090, servicePort: 80, protocol: 'grpc' }, { port: 8081 }],
      labels: { version: 'v2', tier: 'front' },
      createService: false,
      drainSeconds: 60,
      graceSeconds: 10,
      capture: 'auto',
      address: '127.0.0.1',
      command: ['node', 'web.js', '--version', '-n', 'x'],
    });
    expect(`${options?.controlPlane.host}:${options?.controlPlane.port}`).toBe(plane.xdsAddress);
    const tokens = [await options?.joinToken(false), await options?.joinToken(true)];
    expect(new Set(tokens).size).toBe(2);
    expect(readJoinToken(tokens[0] ?? '')).toMatchObject({ ok: true, value: { namespace: 'shop', serviceAccount: 'web' } });
  });

  it('a token that was given is used once, and the application does not see it', async () => {
    const token = (await weft(['token', 'create', '-q', '--service-account', 'shop/web'])).out.trim();
    const { runs } = await weft(['run', '--service', 'web', '--control-plane', '127.0.0.1:17', 'sh', '-c', 'true'], {
      env: { WEFT_JOIN_TOKEN: token, WEFT_DATA: '/nowhere', LEVEL: '3' },
    });
    expect(runs[0]).toMatchObject({ controlPlane: { host: '127.0.0.1', port: 17 }, createService: true, command: ['sh', '-c', 'true'], env: { LEVEL: '3' } });
    expect(runs[0]).not.toHaveProperty('namespace');
    expect(runs[0]?.env).not.toHaveProperty('WEFT_JOIN_TOKEN');
    expect([await runs[0]?.joinToken(false), await runs[0]?.joinToken(true)]).toEqual([token, undefined]);
  });

  it.each([
    [['--', 'true'], '--service'],
    [['--service', 'web'], 'behind two dashes'],
    [['--service', 'Web', '--', 'true'], 'is no name'],
    [['--service', 'web', '--port', '0', '--', 'true'], 'not a port'],
    [['--service', 'web', '--label', 'x', '--', 'true'], 'KEY=VALUE'],
    [['--service', 'web', '--weight', '0', '--', 'true'], 'from 1 to 1000'],
    [['--service', 'web', '--drain', 'soon', '--', 'true'], 'no duration'],
    [['--service', 'web', '--upstream', 'x', '--', 'true'], 'SERVICE:PORT'],
    [['--service', 'web', '--token', 'x', '--', 'true'], 'this is no join token'],
  ])('%j is refused', async (argv, words) => {
    const { code, err, runs } = await weft(['run', ...argv]);
    expect({ code, runs }).toEqual({ code: 64, runs: [] });
    expect(err).toContain(words);
  });
});

describe('weft up', () => {
  it('applies documents through the API before it is announced', async () => {
    const file = join(folder, 'service.yaml');
    writeFileSync(file, 'apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }\n');
    const { code, err, ups } = await weft(['up', '-n', 'shop', '-f', 'service.yaml', '--xds', '[::1]:7']);
    expect(err).toContain('applied 1 documents');
    expect({ code, up: ups[0] }).toMatchObject({
      code: 0,
      up: { directory: data, api: { host: '127.0.0.1', port: 7400 }, xds: { host: '::1', port: 7 }, logLevel: 'warn' },
    });
  });

  it('refuses documents with an error, and what cannot be', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'apiVersion: v1\nkind: Servise\nmetadata: { name: web }\n');
    expect(await weft(['up', '-f', 'bad.yaml'])).toMatchObject({ code: 65, err: expect.stringMatching(/bad\.yaml:2[\s\S]*nothing was started/) });
    expect(await weft(['up', '--api', 'x:y'])).toMatchObject({ code: 64, ups: [] });
    expect(await weft(['up', '--trust-domain', 'Ä'])).toMatchObject({ code: 64, ups: [] });
    expect(await weft(['up', '--data', join(folder, 'bad.yaml')])).toMatchObject({
      code: 1,
      ups: [],
      err: expect.stringContaining('cannot be the data folder'),
    });
  });
});

describe('the rest', () => {
  it('weft dev tells every mistake with its line', async () => {
    writeFileSync(join(folder, 'weft.yaml'), 'services:\n  web:\n    comand: x\n    command: y\n    ports: [x]\n');
    const { code, err } = await weft(['dev']);
    expect(code).toBe(65);
    expect(err).toContain('weft.yaml:3  services.web.comand: unknown field');
    expect(err).toContain('weft.yaml:5  services.web.ports');
  });

  it('weft version, kubeconfig and --version', async () => {
    expect(JSON.parse((await weft(['version', '-o', 'json'])).out)).toMatchObject({ client: '1.2.3', controlPlane: expect.any(String) });
    expect((await weft(['kubeconfig'])).out).toBe(`${join(data, 'kubeconfig')}\n`);
    expect((await weft(['--version'])).out).toBe('weft 1.2.3\n');
  });

  it('^C ends a command that waits, with 130', async () => {
    const stop = new AbortController();
    const ended = weft(['watch', 'services'], { signal: stop.signal });
    stop.abort();
    expect(await ended).toMatchObject({ code: 130, err: '' });
  });

  it('colour only on a terminal, and as one wishes', async () => {
    const coloured = async (argv: readonly string[], given: Circumstances): Promise<boolean> => (await weft(argv, given)).out.includes('\x1b[');
    expect(await coloured(['status'], {})).toBe(false);
    expect(await coloured(['status'], { terminal: true })).toBe(true);
    expect(await coloured(['status'], { terminal: true, env: { NO_COLOR: '1' } })).toBe(false);
    expect(await coloured(['status', '--color', 'always'], {})).toBe(true);
    expect(await coloured(['status', '--color=never'], { terminal: true })).toBe(false);
  });
});

describe('completion', () => {
  const words = async (...typed: string[]): Promise<readonly string[]> =>
    (await weft(['__complete', '--', ...typed])).out.split('\n').filter((word) => word !== '');

  it('commands, flags and their choices', async () => {
    expect(await words('pro')).toEqual(['proxies', 'proxy-config']);
    expect(await words('run', '--cap')).toEqual(['--capture']);
    expect(await words('run', '--capture', 're')).toEqual(['relay']);
    expect(await words('--color', 'a')).toEqual(['auto', 'always']);
    expect(await words('run', '--service', 'web', '--', 'l')).toEqual([]);
  });

  it('kinds, and names from the control plane', async () => {
    writeFileSync(
      join(folder, 'cart.yaml'),
      'apiVersion: v1\nkind: Service\nmetadata: { name: cart, namespace: till }\nspec: { selector: { app: c }, ports: [{ port: 80 }] }\n',
    );
    expect(await weft(['up', '-f', 'cart.yaml'])).toMatchObject({ code: 0 });
    expect(await words('get', 'serv')).toEqual(['services']);
    expect(await words('get', 'services', '-n', 'till', '')).toEqual(['cart']);
    expect(await words('get', '-n', 'till', 'services/')).toEqual(['services/cart']);
    expect(await words('explain', '--to', 'ca')).toEqual(['cart.till']);
    expect(await words('get', 'services', '-n', 'ti')).toEqual(['till']);
  });

  it('is silent when there is no control plane', async () => {
    expect(await weft(['__complete', '--', 'get', 'services', ''], { env: { WEFT_DATA: '/nowhere' } })).toMatchObject({ code: 0, out: '', err: '' });
  });

  it.each(['bash', 'zsh', 'fish'])('%s', async (shell) => {
    expect((await weft(['completion', shell])).out).toContain('__complete --');
  });
});
