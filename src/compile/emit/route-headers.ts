// Changes of headers, by a rule or by one of its backends.
import { headerChange } from '../../envoy/index.ts';
import type { HeaderChange } from '../../model/index.ts';
import type { RewritePlan } from '../plan.ts';
import { literal } from './text.ts';

/** A host of HTTP/1.1 is a header, so a change of it is one of the route, not of the headers. */
function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}

interface Changes {
  readonly requestHeaders: HeaderChange;
  readonly responseHeaders: HeaderChange;
}

export function emitHeaders({ requestHeaders, responseHeaders }: Changes) {
  return {
    requestHeadersToAdd: changesOf(requestHeaders),
    requestHeadersToRemove: requestHeaders.remove.filter((name) => !isHost(name)),
    responseHeadersToAdd: changesOf(responseHeaders),
    responseHeadersToRemove: [...responseHeaders.remove],
  };
}

function changesOf({ set, add }: HeaderChange) {
  return [
    ...set.filter(({ name }) => !isHost(name)).map(({ name, value }) => headerChange('set', name, literal(value))),
    ...add.filter(({ name }) => !isHost(name)).map(({ name, value }) => headerChange('add', name, literal(value))),
  ];
}

/** The host that is forwarded, where a rewrite or a header modifier says another one. */
export function hostRewrite({ set }: HeaderChange, rewrite: RewritePlan | undefined) {
  const host = rewrite?.hostname ?? set.find(({ name }) => isHost(name))?.value;
  return host === undefined ? {} : { hostRewriteSpecifier: { case: 'hostRewriteLiteral', value: host } as const };
}

/** Changes of one after those of the other: the most specific level comes first, as Envoy does it for weighted clusters. */
export function joined(first: Changes, then: Changes): Changes {
  return { requestHeaders: both(first.requestHeaders, then.requestHeaders), responseHeaders: both(first.responseHeaders, then.responseHeaders) };
}

function both(first: HeaderChange, then: HeaderChange): HeaderChange {
  return { set: [...first.set, ...then.set], add: [...first.add, ...then.add], remove: [...first.remove, ...then.remove] };
}
