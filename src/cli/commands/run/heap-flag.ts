// Apart from what reads it, so that help does not load the machine.
/** The flag that `weft run`, `weft gateway` and `weft node` have alike, and its help. */
export const PROXY_MEMORY = [
  '--proxy-memory <quantity>',
  "how much memory Envoy may take before it refuses requests (default: half of this machine's)",
] as const;
