/** Exit codes (BSD sysexits where they have one): what scripts may rely on. */
export const EXIT = {
  ok: 0,
  /** Something failed, or a difference was found. */
  failed: 1,
  usage: 64,
  badInput: 65,
  unreachable: 69,
  findings: 79,
  interrupted: 130,
} as const;
/** One of EXIT; `weft run` hands on the exit code of its application. */
export type ExitCode = number;

/** Ends a command with a code and words for stderr: `error: …`; further lines, indented, are the remedy. */
export class CommandError extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What was typed cannot be meant. */
export function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
