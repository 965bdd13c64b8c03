// cni: what a container runtime asks when it makes a pod's network. The plugin (plugin, plugin-program) decides by itself for pods that are none of
// ours and asks the agent of its node (agent) for the others; how their traffic is captured is a Capture (capture): rules in the pod's
// namespace (sidecar), or the node's proxy. The plugin (plugin-files) and a configuration of our own (conf, conf-keeper) are put on the host, and pods that
// were made without either are found and put right (repair).
export { Agent, type AgentOptions } from './agent.ts';
export type { Capture, Captures, PodNetwork, Refusal } from './capture.ts';
export { type ConfFile, type ConfProblem, confOf } from './conf.ts';
export { ConfKeeper, type ConfState, keepConf } from './conf-keeper.ts';
export { AGENT_SOCKET, ANNOTATIONS, CONF_FILE, PLUGIN } from './names.ts';
export { type NodeCaptureOptions, nodeCapture } from './node.ts';
export { type Reading, readCall, type Said } from './plugin.ts';
export { type PluginPlace, putPlugin, removePlugin, tryPlugin } from './plugin-files.ts';
export { addressesOf, CNI_ERRORS, type CniReply, type CniRequest, readReply, readRequest } from './protocol.ts';
export { type Repaired, repair, waitingPod } from './repair.ts';
export { nftIn, PROGRAMS, type Programs } from './rules.ts';
export { sidecarCapture } from './sidecar.ts';
