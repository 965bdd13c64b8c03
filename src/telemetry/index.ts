// telemetry: what proxies tell of requests and connections, taken, kept and found again. `logDoor` is the gRPC service behind the proxies'
// tokens; `Records` hands messages to a thread of its own (keeper-thread.ts), which judges, cleans and keeps them in one SQLite file within a
// budget. Three tables: single records (what failed, was refused or would be, and a sample), peers (who spoke with whom, and how secured) and
// uses (what callers did at ports, ids taken out). Nothing in here is needed for traffic: whatever fails is counted, and nobody waits for it.
// Telemetry never feeds compile; what is suggested from it becomes a document only when somebody applies it.
export { type LogClaims, type LogSink, logDoor } from './door.ts';
export { TELEMETRY_ERRORS } from './errors.ts';
export { Records, type RecordsOptions } from './records.ts';
export type { Sender } from './sender.ts';
export type { TapSender } from './tap-event.ts';
export type { TapMatch, TapRole } from './tap-match.ts';
export { type TapChoice, Taps, type TapsOptions } from './taps.ts';
export type { ExportTarget } from './traces/export-target.ts';
export { spanDoor } from './traces/span-door.ts';
export { Traces, type TracesOptions } from './traces/traces.ts';
