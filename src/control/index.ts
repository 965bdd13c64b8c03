// control: the running control plane. Reads documents from a Source, keeps the mesh and every proxy's snapshot, serves delta ADS,
// hands out certificates, puts aside documents that Envoy refuses, writes statuses; and the machine protocol that `weft run`
// speaks. What it needs from the outside are ports (ports.ts), joined in bin/; time is a Clock. The pure rooms do the thinking:
// here is what has a lifetime. Invariants: work per change is proportional to what changed times who sees it; bytes are encoded
// once and shared; a stream remembers only that something is new, never a queue; nothing that comes in ends the process.
export { type AdmissionLimits, DEFAULT_ADMISSION } from './admission.ts';
export { CORE, type Compiler, contentVersion } from './compiler.ts';
export { CONTROLLER_NAME, type Condition } from './conditions.ts';
export { type ControlOptions, ControlPlane } from './control-plane.ts';
export type { Counters } from './counters.ts';
export { EdgeLearner, type EdgePorts } from './edges.ts';
export { CONTROL_ERRORS, type ControlErrorCode } from './errors.ts';
export type { Held, HoldingStore } from './holdings.ts';
export { type Machines, machineService } from './machines.ts';
export { LEASED as LEASED_BY_JOINING } from './machines-documents.ts';
export { MACHINE_ERRORS } from './machines-errors.ts';
export type { MachineDocuments, MachineGrant, MachineOptions, MachinePorts, MachineTokens, MachineWrite } from './machines-ports.ts';
export type { Meters } from './meters.ts';
export { type AdmissionStore, type Admitted, NodeAdmissions } from './node-admissions.ts';
export { DEFAULT_PACE, type Pace } from './pacer.ts';
export type {
  ControlPorts,
  EnvoyChecker,
  Issuer,
  PassedStore,
  Peers,
  ProxyAuthenticator,
  Quarantine,
  QuarantineStore,
  ResourceEvent,
  Source,
  StatusSink,
} from './ports.ts';
export { type ProviderPorts, Providers } from './providers.ts';
export type { PushedTo, PushTrace } from './push-traces.ts';
export type { Seen } from './seen.ts';
export type { DocumentTally } from './tallies.ts';
export type { TrustStanding } from './trust.ts';
