// Which of Envoy's messages Weft speaks. Loading a message type costs time at start-up (the descriptors of the whole list take a
// few hundred milliseconds), so a type stands here when some builder uses it, and not before.
export * from './messages/core.ts';
export * from './messages/discovery.ts';
export * from './messages/http.ts';
export * from './messages/network.ts';
export * from './messages/patched.ts';
export * from './messages/resources.ts';
export * from './messages/tracing.ts';
