// install: what is put into a Kubernetes cluster so that it has a mesh, as objects. Definitions of our kinds are made of the same schemas
// as everything else that knows them. It is pure: `weft install` prints what it says, and nothing here talks to a server.
export { definitionOf, definitions } from './definitions.ts';
export { structural } from './structural.ts';
