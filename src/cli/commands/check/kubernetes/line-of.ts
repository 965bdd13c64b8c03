import { httpOf } from '../../../../kube/index.ts';
import type { Finding, Line } from '../line.ts';

/** A line whose question may be refused: who installs need not be allowed to read everything. Throws WeftError when the server is away. */
export async function lineOf(id: string, words: string, look: () => Promise<readonly Finding[]>): Promise<Line> {
  try {
    return { id, words, skipped: '', findings: await look() };
  } catch (error) {
    if (httpOf(error) !== 403) throw error;
    return { id, words, skipped: 'you may not read that', findings: [] };
  }
}
