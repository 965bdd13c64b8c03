// install: what is put into a Kubernetes cluster so that it has a mesh, as objects. Definitions of our kinds are made of the same schemas
// as everything else that knows them; accounts, roles, the control plane and its Service come of values (values.ts), one schema for
// `weft install` and the Helm chart. It is pure: `weft install` prints what it says, and nothing here talks to a server.
export { chartFiles } from './chart/files.ts';
export { definitionOf, definitions } from './definitions.ts';
export { type Installation, imageName, type Manifest, named, PORTS } from './manifest.ts';
export { definitionManifests, manifests } from './manifests.ts';
export { AGENT } from './node-agent.ts';
export type { Rule } from './rbac.ts';
export { type GivenValues, readValues } from './read-values.ts';
export { type Resource, resourceOf } from './resource.ts';
export { structural } from './structural.ts';
export { type Values, valuesSchema } from './values.ts';
export { webhookConfigurations } from './webhooks.ts';
