// cli: the command line. It reads what a user typed, asks the management API, and answers in words: data on stdout, everything else
// on stderr, an exit code that scripts may rely on (exit.ts). commands/ has one folder per command behind one explicit list; a
// command is loaded when it is called, so that `weft --help` is quick; frame/ finds and runs it. What needs the rest of Weft (a
// control plane, a workload) comes as `Actions` from bin; terminal, environment and signals come as `Io`. It holds no truth about the
// mesh and decides nothing.
export type { Actions, AgentRequest, RestoreReport, RestoreRequest, SealReport, SealSources, UpRequest, WebhooksRequest } from './actions.ts';
export { EXIT, type ExitCode } from './exit.ts';
export { main } from './frame/main.ts';
export type { Io } from './io.ts';
