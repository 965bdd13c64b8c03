// Who is heard where, for kinds that usually act in front of an application: rate limits and faults.
import type { PolicyDefinition } from './policy.ts';

const NAMED_AT_GATEWAYS: ReadonlySet<string> = new Set(['Gateway', 'HTTPRoute', 'GRPCRoute']);

/**
 * Everything in front of an application; at a Gateway only what names it or a route: what is said of the whole Mesh or of a namespace holds
 * once, in front of the application, and is not done again at the gateway before it.
 */
export const inFrontOrNamed: PolicyDefinition['hears'] = ({ kind }, { gateway }) => gateway === undefined || NAMED_AT_GATEWAYS.has(kind);

const NAMED_AT_CALLERS: ReadonlySet<string> = new Set(['ExternalService', 'HTTPRoute', 'GRPCRoute']);

/** The same, and at callers what names a route, or a server outside, where no proxy of ours stands. */
export const inFrontOrNamedAnywhere: PolicyDefinition['hears'] = (attachment, subject) => {
  const atCaller = subject.workload === undefined && subject.gateway === undefined;
  return atCaller ? NAMED_AT_CALLERS.has(attachment.kind) : inFrontOrNamed(attachment, subject);
};
