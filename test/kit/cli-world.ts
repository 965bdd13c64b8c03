// A control plane in this process, with commands that talk to it and proxies that are played. Time stands still: ages are 0s.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CONTROL_PLANE_NAME } from '../../src/api/index.ts';
import { openControlPlane } from '../../src/bin/control-plane.ts';
import type { CommandModule } from '../../src/cli/command.ts';
import { findControlPlane } from '../../src/cli/session.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { AdsClient, type AdsClientOptions, dialAds } from './ads-client.ts';
import { callBytes } from './call-bytes.ts';
import { type RunOptions, runCommand } from './commands.ts';
import { joinRequest } from './join-request.ts';

const METRICS_PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface CliWorld extends AsyncDisposable {
  readonly directory: string;
  /** Where its management API answers. */
  readonly api: string;
  /** Who may do everything. */
  readonly token: string;
  readonly env: Readonly<Record<string, string>>;
  readonly now: number;
  readonly apiUrl: string;
  readonly adminToken: string;
  /** Writes a file into the folder of the test; its path. */
  file(name: string, text: string): string;
  /** Runs a command: exit code, then what it printed, without what differs from run to run. */
  run(module: CommandModule, argv: readonly string[], options?: RunOptions): Promise<string>;
  /** What the proxy of a joined workload counts: bytes for the control plane's MetricsService, behind its token. */
  tellMetrics(service: string, bytes: Uint8Array): Promise<void>;
  /** Joins a workload of namespace shop and plays its proxy. */
  join(service: string, options?: AdsClientOptions): Promise<AdsClient>;
}

export interface CliWorldOptions {
  readonly prometheus?: { readonly url: string };
  /** Its clock goes on, as that of the threads of telemetry does: what is told in another step than it was opened in is seen. Otherwise it stands, so that ages are steady. */
  readonly clockGoesOn?: boolean;
}

export async function openCliWorld({ clockGoesOn = false, ...more }: CliWorldOptions = {}): Promise<CliWorld> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-cli-'));
  const data = join(directory, 'data');
  const now = Date.now();
  const clock = {
    now: clockGoesOn ? Date.now : () => now,
    monotonic: () => performance.now(),
    after: (delayMs: number, callback: () => void) => {
      const timer = setTimeout(callback, delayMs).unref();
      return () => clearTimeout(timer);
    },
  };
  const loopback = { host: '127.0.0.1', port: 0 };
  const plane = await openControlPlane({ directory: data, api: loopback, xds: loopback, clock, log: () => undefined, ...more });
  const env = { WEFT_DATA: data };
  const clients: AdsClient[] = [];
  const tokens = new Map<string, string>();
  return {
    directory,
    api: plane.apiUrl,
    token: plane.adminToken,
    env,
    now,
    apiUrl: plane.apiUrl,
    adminToken: plane.adminToken,
    file: (name, text) => {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    run: async (module, argv, options = {}) => {
      const { code, out, err } = await runCommand({ env, cwd: process.cwd(), now: clock.now }, module, argv, options);
      return steady(
        [`exit ${code}`, ...(out === '' ? [] : [`--- out\n${out}`]), ...(err === '' ? [] : [`--- err\n${err}`])].join('\n'),
        directory,
        plane.apiUrl,
      );
    },
    join: async (service, options) => {
      const port = Number(plane.xdsAddress.split(':').pop());
      const { http } = findControlPlane({ env }, {});
      const { token } = (await http.json({ method: 'POST', path: '/weft/v1/tokens', body: { namespace: 'shop', serviceAccount: service } })) as {
        token: string;
      };
      const machine = await openMachineClient({ host: '127.0.0.1', port }, token);
      const { proxyToken } = await machine.join(joinRequest(token, service, { zone: 'a' }));
      tokens.set(service, proxyToken);
      await machine.report(proxyToken, { state: 'Ready' }, 5000);
      const rootPem = readFileSync(join(data, 'ca/root.pem'), 'utf8');
      const client = new AdsClient(dialAds({ port, rootPem, serverName: CONTROL_PLANE_NAME }, proxyToken), options).start();
      clients.push(client);
      machine.close();
      return client;
    },
    tellMetrics: async (service, bytes) => {
      const port = Number(plane.xdsAddress.split(':').pop());
      const rootPem = readFileSync(join(data, 'ca/root.pem'), 'utf8');
      await callBytes({ port, rootPem, serverName: CONTROL_PLANE_NAME }, { path: METRICS_PATH, token: tokens.get(service) ?? '', bytes });
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.close();
      await plane[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Without folders, addresses, times, and numbers that are drawn. */
function steady(text: string, directory: string, apiUrl: string): string {
  return (
    text
      .replaceAll(`${directory}/`, '')
      .replaceAll(apiUrl, 'API')
      .replace(/127\.0\.0\.1:\d{4,5}(?=: connect)|(?<=ECONNREFUSED 127\.0\.0\.1):\d+/g, (found) => (found.startsWith(':') ? ':PORT' : '127.0.0.1:PORT'))
      // Whom a machine trusts is its own affair.
      .replace(/^system-bundle .*\n?/gm, '')
      // How far the proxies are is told a little later.
      .replace(/( Programmed +).*/g, '$1…')
      .replace(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
      .replace(/\b\d\d:\d\d:\d\d\b/g, 'CLOCK')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID')
      .replace(/resourceVersion(: "|\W+)\d+/g, 'resourceVersion$1N')
      .replace(/\b[0-9a-f]{30,40}\b/g, 'SERIAL')
      .trimEnd()
  );
}
