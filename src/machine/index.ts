// machine: `weft run` and `weft dev`. It joins a plain process to the mesh: obtains Envoy, captures the application's traffic in the best
// way this machine allows (capture/: netns, pasta, relay, explicit), starts Envoy with the bootstrap the control plane wrote, keeps
// token and lease fresh, and winds down so that no request is lost. It knows nothing of documents or of Envoy's configuration, and
// leaves nothing behind, also after SIGKILL.
export { CAPTURE_MODES, type Choice, chooseCapture } from './capture/choose.ts';
export type { CaptureMode, Upstream } from './capture/port.ts';
export { type ControlPlaneAddress, type MachineClient, openMachineClient } from './control-plane.ts';
export { type DevFile, type DevService, readDevFile } from './dev/file.ts';
export { type DevOptions, devMesh } from './dev/mesh.ts';
export { EnvoyCheck, type EnvoyVerdict } from './envoy-check.ts';
export { MACHINE_ERRORS, type MachineErrorCode } from './errors.ts';
export { runGateway } from './gateway.ts';
export { parseHeap } from './heap.ts';
export { runNode } from './node/run-node.ts';
export { nodeSocket } from './node/socket-path.ts';
export { ENVOY_VERSION, type EnvoyBinary, findEnvoy, obtainEnvoy, SetupError } from './obtain-envoy.mjs';
export { type PortOption, type PortProtocol, parseHostPort, parsePort, parsePorts, parseUpstream, type RunOptions } from './options.ts';
export { runWorkload } from './run.ts';
export { openFixedFolder, TOKEN_SECRET, TRUST_SECRET } from './run-folder.ts';
export type { RunParts } from './set-up.ts';
