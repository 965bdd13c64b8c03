// Rules in a pod's network namespace, from outside of it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { err, ok, type Result } from '../base/index.ts';
import type { Refusal } from './capture.ts';

const run = promisify(execFile);

/** Programs of the agent's image. */
export interface Programs {
  readonly nsenter: string;
  readonly nft: string;
}

export const PROGRAMS: Programs = { nsenter: 'nsenter', nft: 'nft' };

function wordsOf(thrown: unknown): string {
  const said = thrown instanceof Error && 'stderr' in thrown && typeof thrown.stderr === 'string' ? thrown.stderr.trim() : '';
  return said === '' ? String(thrown) : said.slice(0, 500);
}

/** Runs nft there. `netns` is a path. */
export async function nftIn(
  netns: string,
  args: readonly string[],
  { programs = PROGRAMS, signal }: { readonly programs?: Programs; readonly signal: AbortSignal },
): Promise<Result<string, Refusal>> {
  try {
    const { stdout } = await run(programs.nsenter, [`--net=${netns}`, '--', programs.nft, ...args], { signal, maxBuffer: 4e6 });
    return ok(stdout);
  } catch (error) {
    return err({ later: true, message: `nft in ${netns}: ${wordsOf(error)}` });
  }
}
