import { WeftError } from '../../base/index.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';

interface Failure {
  readonly code: ExitCode;
  /** First line, then lines that say what to do. */
  readonly words: string;
}

const CODES: Readonly<Record<string, ExitCode>> = {
  unreachable: EXIT.unreachable,
  'deadline-exceeded': EXIT.unreachable,
  'machine/unreachable': EXIT.unreachable,
  'machine/usage': EXIT.usage,
};

function codeOf({ code, class: { http } }: WeftError): ExitCode {
  return CODES[code] ?? (http === 400 || http === 422 ? EXIT.badInput : EXIT.failed);
}

function wordsOf(error: WeftError): string {
  const { url } = error.details;
  if (error.code === 'unreachable' && typeof url === 'string')
    return `no control plane at ${url}\n  start one: weft up\n  or name another: --server http://HOST:7400 (WEFT_SERVER)`;
  if (error.code === 'unauthorized') return `${error.message}\n  the token is not the one of this control plane: name it with --token-file or WEFT_TOKEN`;
  if (error.code === 'address-in-use') return `${error.message}\n  choose other addresses with --api HOST:PORT and --xds HOST:PORT`;
  return error.message;
}

/** Exit code and words for whatever a command threw. What nobody foresaw keeps its stack, so that it can be reported. */
export function failureOf(error: unknown): Failure {
  // what went wrong first is what the user can do something about; that closing failed, too, is not
  if (error instanceof SuppressedError) return failureOf(error.suppressed);
  if (error instanceof CommandError) {
    const known = error.cause instanceof WeftError && error.cause.code === 'unreachable' ? wordsOf(error.cause) : error.message;
    return { code: error.code, words: known };
  }
  if (error instanceof WeftError) return { code: codeOf(error), words: wordsOf(error) };
  if (error instanceof Error && 'syscall' in error && 'path' in error) return { code: EXIT.failed, words: error.message };
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: EXIT.failed, words: `${words}\n  this is a fault of Weft itself; please report it with these lines` };
}
