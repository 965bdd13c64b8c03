// Where a node of this machine listens for workloads.
import { join } from 'node:path';
import { runBase } from '../run-folder.ts';

/** Of the node of this name. */
export function nodeSocket(name: string, base = runBase()): string {
  return join(base, `node-${name}`, 'sock');
}
