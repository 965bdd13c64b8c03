import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { CommandError, EXIT } from '../../exit.ts';

/**
 * The address of this machine from which it reaches the control plane: where others are likely to reach it. Asks the routing table (a
 * connected UDP socket sends nothing). Throws CommandError 64 when there is no way there.
 */
export function ownAddress({ host, port }: { readonly host: string; readonly port: number }): Promise<string> {
  if (host === 'localhost') return Promise.resolve('127.0.0.1');
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    const failed = (error: Error): void => {
      socket.close();
      reject(
        new CommandError(
          EXIT.unreachable,
          `there is no way to the control plane at ${host}: ${error.message}\n  or say where others reach this workload: --address IP`,
        ),
      );
    };
    socket.once('error', failed);
    socket.connect(port, host, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}
