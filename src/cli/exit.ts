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
export type ExitCode = (typeof EXIT)[keyof typeof EXIT] | number;

/** Ends a command with a code and words for stderr: `error: …`, further lines indented are the remedy. */
export class CommandError extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}
