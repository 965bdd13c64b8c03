import { request } from 'node:http';

export interface UnixAnswer {
  readonly status: number;
  readonly body: string;
}

/** GET (or POST) over a Unix socket; undefined when nobody answers in time. Bodies beyond 8 MB are cut off as no answer. */
export function getOverUnix(socketPath: string, path: string, timeoutMs = 2000, method: 'GET' | 'POST' = 'GET'): Promise<UnixAnswer | undefined> {
  return new Promise((resolve) => {
    const fail = (): void => resolve(undefined);
    const call = request({ socketPath, path, method, headers: { host: 'envoy' }, timeout: timeoutMs, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > 8_000_000) call.destroy();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', fail);
      response.on('close', fail);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', fail);
    call.end();
  });
}
