// What `weft up` and `weft run` need of this machine, tried for real. One small file for each subject.
import type { Invocation } from '../../../command.ts';
import type { Section } from '../line.ts';
import { captureLine } from './capture.ts';
import { envoyLine, nodeLine } from './programs.ts';
import { portLines, roomLine } from './room.ts';

/** The section of this machine. Nothing of it needs a control plane. */
export async function preSections(invocation: Invocation): Promise<readonly Section[]> {
  const [capture, ports, room] = await Promise.all([captureLine(), portLines(invocation), roomLine(invocation)]);
  return [{ name: 'this machine', lines: [nodeLine(process.versions.node), envoyLine(), capture, ...ports, room] }];
}
