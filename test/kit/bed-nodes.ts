// Nodes of a cluster of a test: what of them can be made silent while what they run goes on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from './bed.ts';

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // ended meanwhile
    return '';
  }
};

function below(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(below)];
}

/** Kubelets of all nodes: of the process trees that up.sh wrote down. */
function kubelets(): readonly number[] {
  const lines = readFileSync(join(process.env['BED'] ?? '', 'pids'), 'utf8')
    .trim()
    .split('\n');
  const nodes = lines.filter((line) => / node\d+$/.test(line)).map((line) => Number.parseInt(line, 10));
  return nodes.flatMap(below).filter((pid) => textOf(`/proc/${pid}/comm`) === 'kubelet');
}

/** From now on no kubelet is heard of, and containers go on. The answer lets them speak again. */
export function silenceNodes(): () => void {
  const all = kubelets();
  if (all.length === 0) throw new Error('this cluster has no kubelets that run here');
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of all) process.kill(pid, 'SIGCONT');
  };
}

/** What the cluster says of its nodes: `True`, or `Unknown` of one that it has not heard of for too long. */
export async function nodesAre(status: 'True' | 'Unknown', seconds = 180): Promise<void> {
  await kubectl('wait', 'node', '--all', `--for=condition=Ready=${status}`, `--timeout=${seconds}s`);
}
