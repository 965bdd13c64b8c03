import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Invocation } from '../../../command.ts';
import { dataDirectory, localControlPlane } from '../../../whereabouts.ts';
import { finding, type Line } from '../line.ts';

const PORTS = { api: 7400, xds: 7401 } as const;
const GIB = 1024 ** 3;

/** Why the port of loopback cannot be had; undefined when it can. */
function taken(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'another process listens there' : error.message));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** The ports that `weft up` takes unless it is told otherwise; those of the control plane that runs here are its own. */
export async function portLines({ io, flags }: Pick<Invocation, 'io' | 'flags'>): Promise<readonly Line[]> {
  const running = localControlPlane(dataDirectory(io, flags.data));
  return Promise.all(
    Object.entries(PORTS).map(async ([flag, port]): Promise<Line> => {
      const own = flag === 'api' || flag === 'xds' ? running?.[flag].endsWith(`:${port}`) === true : false;
      const why = own ? undefined : await taken(port);
      const words = own ? `port ${port} is the control plane’s, which runs` : `port ${port} is free`;
      const text = `port ${port} of 127.0.0.1 cannot be had: ${why}`;
      const findings = why === undefined ? [] : [finding('WEFT2391', text, { next: `weft up --${flag} 127.0.0.1:${port + 100}` })];
      return { id: `port-${port}`, words, skipped: '', findings };
    }),
  );
}

/** The folder, or the first above it that is there. */
function there(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : there(dirname(folder));
}

/** Room for the data folder: documents are small, telemetry has a budget of its own. */
export async function roomLine({ io, flags }: Pick<Invocation, 'io' | 'flags'>): Promise<Line> {
  const directory = dataDirectory(io, flags.data);
  const { bavail, bsize } = await statfs(there(directory));
  const free = bavail * bsize;
  const text = `${directory} has ${Math.floor(free / 1024 ** 2)} MiB of room`;
  const findings = free >= GIB ? [] : [finding('WEFT2393', text, { next: 'weft up --data DIRECTORY' })];
  return { id: 'room', words: `the data folder has 1 GiB and more of room`, skipped: '', findings };
}
