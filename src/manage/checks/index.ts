// checks: what the control plane can find out by itself about what is wrong. `check.ts` says what a check is, `list.ts` which there are, one file per family;
// `findings.ts` runs them over one set of facts and remembers since when each finding is there. The command line adds what only it can see.

export { installedRevisions, type MissedPod, missedPods } from './pods.ts';
export { Findings, findingsRoutes } from './routes.ts';
