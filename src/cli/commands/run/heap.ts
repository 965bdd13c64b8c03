import { parseHeap } from '../../../machine/index.ts';
import { type Options, text } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';

/** What --proxy-memory says, as an option of the machine. Throws CommandError when it is no amount that Envoy could work with. */
export function heapOption(options: Options): { readonly heapBytes?: number } {
  const value = text(options, 'proxyMemory');
  if (value === undefined) return {};
  const heapBytes = parseHeap(value);
  if (heapBytes !== undefined) return { heapBytes };
  throw new CommandError(EXIT.usage, `--proxy-memory ${value}: write an amount of at least 64Mi, for example 512Mi or 2Gi`);
}
