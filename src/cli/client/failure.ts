import { WeftError } from '../../base/index.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';

/** Exit code and remedy for what the wire, or the management API, refuses; by WeftError's code. */
const REMEDIES: Readonly<Record<string, { readonly code: ExitCode; readonly remedy?: string }>> = {
  unreachable: { code: EXIT.unreachable, remedy: 'start one: weft up\n  or name another: --server http://HOST:7400 (WEFT_SERVER)' },
  'deadline-exceeded': { code: EXIT.unreachable, remedy: 'wait longer with --timeout, and see what `weft up` says' },
  protocol: { code: EXIT.unreachable, remedy: 'name the management API of a control plane: --server http://HOST:7400 (WEFT_SERVER)' },
  unauthorized: { code: EXIT.failed, remedy: 'name it with --token-file FILE (WEFT_TOKEN_FILE), or give it in WEFT_TOKEN' },
  forbidden: { code: EXIT.failed },
  'bad-request': { code: EXIT.usage },
  invalid: { code: EXIT.badInput },
  'too-large': { code: EXIT.badInput, remedy: 'apply the files in several steps' },
};

/** What goes wrong between here and the control plane, with exit code and remedy. Bugs come back as they are. */
export function asCommandError(error: unknown): unknown {
  if (!(error instanceof WeftError)) return error;
  const { code, remedy } = REMEDIES[error.code] ?? { code: EXIT.failed };
  const known = new CommandError(code, `${error.message}${remedy === undefined ? '' : `\n  ${remedy}`}`);
  known.cause = error;
  return known;
}

/** True for the refusal with this code of the management API (`not-found`, `invalid`, …). */
export function isRefusal(error: unknown, code: string): error is WeftError {
  return error instanceof WeftError && error.code === code;
}
