// api: the contracts between processes. The machine protocol (`weft run` and the control plane: JSON over gRPC), the views of
// the management API (`/weft/v1`, read by the command line and later the dashboard), and what a machine may read of its join
// token. Schemas where bytes come in, types where they go out; no behaviour. Documents themselves are model's.
export { type AttestorSetting, type AttestorsFile, AttestorsSchema, type BanView, type MeshPeerView } from './attestors.ts';
export type { CaRootView, CaView, RehearsalView, RotationRequest, RotationView, StragglerView } from './ca.ts';
export {
  type ChangesView,
  type ChangeView,
  type CheckView,
  diagnosticOf,
  type FieldChangeView,
  type FindingsView,
  type FindingView,
  type HealthView,
  type ObjectView,
  type PushView,
  SECTIONS,
  type Section,
} from './findings.ts';
export {
  CONTROL_PLANE_NAME,
  JOIN_AUDIENCE,
  type JoinCredential,
  type JoinTokenClaims,
  joinCredential,
  readJoinCredential,
  readJoinToken,
  XDS_AUDIENCE,
} from './join-token.ts';
export {
  CaptureSchema,
  type JoinReply,
  JoinReplySchema,
  type JoinRequest,
  JoinRequestSchema,
  LeaveRequestSchema,
  MACHINE_SERVICE,
  type RenewReply,
  RenewReplySchema,
  RenewRequestSchema,
  type ReportReply,
  ReportReplySchema,
  type ReportRequest,
  ReportRequestSchema,
} from './machine.ts';
export {
  type CodesView,
  type EdgeEndView,
  type EdgesView,
  type EdgeView,
  type GoldenView,
  type MetricsKeptView,
  type MetricsLossView,
  type MetricsQuery,
  type MetricsSource,
  type MetricsWindow,
  SERIES_BY,
  type SecurityView,
  type SeriesBy,
  type SeriesLine,
  type SeriesQuery,
  type SeriesView,
  type ServiceStatView,
  type SpentQuery,
  type SpentView,
  type StatView,
  type UndeliveredView,
} from './metrics.ts';
export { type FromNode, FromNodeSchema, type NodeWelcome, NodeWelcomeSchema, type ToNode, ToNodeSchema } from './node.ts';
export type { BurnView, ObjectivesView, ObjectiveView } from './objectives.ts';
export type {
  KeptView,
  LossView,
  PartView,
  PeerView,
  RecordSide,
  RecordsQuery,
  RecordsView,
  RecordView,
  RequestView,
  SuggestionView,
  UseView,
  VerdictView,
} from './records.ts';
export type { RollbackRequest, RollbackView, RolledBackView, VersionsView, VersionView } from './rollback.ts';
export type { OidcSettings, SignInSettings } from './sign-in.ts';
export {
  TAP_DEFAULT_RPS,
  TAP_MOST_RPS,
  type TapDropped,
  type TapEnd,
  type TapEnded,
  type TapLine,
  type TapQuery,
  TapQuerySchema,
  type TapRequest,
  type TapSide,
  type TapStanding,
} from './tap.ts';
export type {
  BrokenPropagationView,
  CollectorView,
  ExportView,
  SpanLossView,
  SpanSide,
  SpansKeptView,
  SpanView,
  TraceSummary,
  TracesQuery,
  TracesView,
  TraceView,
} from './traces.ts';
export type {
  EffectivePolicyView,
  EffectiveRequest,
  EffectiveValueView,
  EffectiveView,
  EffectView,
  FatesView,
  FateView,
} from './truth.ts';
export type { ApplyView, ExplainStep, ExplainView, ProxyResourceView, ProxyView, StatusView } from './views.ts';
