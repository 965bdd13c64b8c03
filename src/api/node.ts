// What `weft run --node` and `weft node` say to each other on the node's socket: one JSON document a line. The socket is the node's alone (0600), so
// who speaks there may start programs as root anyway. The connection is the workload's life: when it ends, the node leaves for it.
import { z } from 'zod';
import { JoinReplySchema, JoinRequestSchema } from './machine.ts';

/** The first line, from the node. */
export const NodeWelcomeSchema = z.strictObject({ node: z.string(), adminSocket: z.string() });
export type NodeWelcome = z.infer<typeof NodeWelcomeSchema>;

export const ToNodeSchema = z.discriminatedUnion('kind', [
  /** What the node puts its own proxy into, and its own token. */
  z.strictObject({ kind: z.literal('join'), request: JoinRequestSchema.omit({ envoy: true }) }),
  /** It has joined by this node before, or has another token now. */
  z.strictObject({ kind: z.literal('token'), workload: z.string(), token: z.string() }),
  /** It has left by itself. */
  z.strictObject({ kind: z.literal('left') }),
]);
export type ToNode = z.infer<typeof ToNodeSchema>;

export const FromNodeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('joined'), reply: JoinReplySchema }),
  z.strictObject({ kind: z.literal('refused'), code: z.string(), message: z.string(), retryable: z.boolean() }),
]);
export type FromNode = z.infer<typeof FromNodeSchema>;
