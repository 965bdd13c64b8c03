// telemetry: what proxies tell of requests and connections, taken, kept and found again. `logDoor` is the gRPC service behind the proxies'
// tokens; `Records` hands messages to a thread of its own (keeper-thread.ts), which judges, cleans and keeps them in one SQLite file within a
// budget. Three tables: single records (what failed, was refused or would be, and a sample), peers (who spoke with whom, and how secured) and
// uses (what callers did at ports, ids taken out). Nothing in here is needed for traffic: whatever fails is counted, and nobody waits for it.
// `metrics/` is the same for numbers: what proxies have counted comes by OTLP (`exportDoor`), a second thread makes of it what is new, adds it up by steps
// of time and keeps that in files by resolution and time.
// Telemetry never feeds compile; what is suggested from it becomes a document only when somebody applies it.
export { Arrivals } from './arrivals.ts';
export { type LogClaims, type LogSink, logDoor } from './door.ts';
export { TELEMETRY_ERRORS } from './errors.ts';
export { exportDoor } from './export-door.ts';
export type { Directory, Named, Reporter } from './metrics/labels.ts';
export { Metrics, type MetricsOptions } from './metrics/metrics.ts';
export type { ExportTarget } from './otlp/target.ts';
export { Records, type RecordsOptions } from './records.ts';
export type { Sender } from './sender.ts';
export type { TapSender } from './tap-event.ts';
export type { TapMatch, TapRole } from './tap-match.ts';
export { type TapChoice, Taps, type TapsOptions } from './taps.ts';
export type { OwnSpan } from './traces/own-span.ts';
export { nameOfPush } from './traces/pushes.ts';
export { Traces, type TracesOptions } from './traces/traces.ts';
