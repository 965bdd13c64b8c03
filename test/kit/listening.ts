// Which sockets the processes of a tree listen on, in whatever network namespace: what `ss -lntup` shows, without it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Listening {
  readonly program: string;
  /** In the network namespace of this test, or in one of an application. */
  readonly inside: boolean;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
}

const lines = (path: string): readonly string[] => {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
};

const link = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

function inodesOf(pid: number): ReadonlySet<string> {
  try {
    const found = readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1]);
    return new Set(found.flatMap((inode) => (inode === undefined ? [] : [inode])));
  } catch {
    return new Set();
  }
}

/** `0100007F` → `127.0.0.1`; of IPv6 whether it is any, loopback or another. */
function addressOf(hex: string): string {
  if (hex.length === 8) return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
  return /^0+$/.test(hex) ? '::' : hex === '00000000000000000000000001000000' ? '::1' : 'IPv6';
}

/** Every socket that waits for others, of all the processes in `pids`. */
export function listening(pids: readonly number[]): readonly Listening[] {
  const owners = new Map<string, string>();
  for (const pid of pids)
    for (const inode of inodesOf(pid)) owners.set(inode, lines(`/proc/${pid}/comm`).length === 0 ? '' : readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
  const here = link('/proc/self/ns/net');
  const found = new Map<string, Listening>();
  for (const pid of pids) {
    const inside = link(`/proc/${pid}/ns/net`) !== here;
    for (const [file, protocol, state] of [
      ['tcp', 'tcp', '0A'],
      ['tcp6', 'tcp', '0A'],
      ['udp', 'udp', '07'],
      ['udp6', 'udp', '07'],
    ] as const)
      for (const line of lines(`/proc/${pid}/net/${file}`)) {
        const [, local = '', , at, , , , , , inode = ''] = line.trim().split(/\s+/);
        const program = owners.get(inode);
        const [address = '', port = ''] = local.split(':');
        if (program === undefined || at !== state) continue;
        found.set(inode, { program, inside, protocol, address: addressOf(address), port: Number.parseInt(port, 16) });
      }
  }
  return [...found.values()];
}
