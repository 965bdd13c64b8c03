// A real Prometheus server that scrapes a control plane, Debian's package `prometheus`.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<unknown>((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export interface Scraping {
  readonly port: number;
  /** `http://127.0.0.1:…` of the management API. */
  readonly apiUrl: string;
  readonly token: string;
}

export interface PrometheusServer extends AsyncDisposable {
  readonly url: string;
  /** Instant query: labels and value of each series. */
  query(text: string): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: number }[]>;
}

/** Scrapes every second. */
export function startPrometheus({ port, apiUrl, token }: Scraping): PrometheusServer {
  const folder = mkdtempSync(join(tmpdir(), 'weft-prometheus-'));
  const config = `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: weft
    metrics_path: /metrics/mesh
    authorization: { credentials: ${JSON.stringify(token)} }
    static_configs: [{ targets: [${JSON.stringify(new URL(apiUrl).host)}] }]
`;
  writeFileSync(join(folder, 'prometheus.yml'), config, { mode: 0o600 });
  const flags = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'];
  const server = spawn('prometheus', flags, { stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    query: async (text) => {
      const reply = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`);
      const { data } = (await reply.json()) as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.signalCode === null && server.kill('SIGKILL')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
