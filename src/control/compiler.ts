import { createHash } from 'node:crypto';
import {
  affected,
  documentDiagnostics,
  emitGateway,
  emitProxy,
  emitService,
  neighbours,
  patchesOf,
  planGateway,
  planProxy,
  planService,
  subjectsOf,
} from '../compile/index.ts';
import type { Hash, Version } from '../envoy/index.ts';
import { apply } from '../model/index.ts';

/** The pure core as this room calls it. A port, so that a test can see what happens when it throws. */
export interface Compiler {
  readonly apply: typeof apply;
  readonly affected: typeof affected;
  readonly subjectsOf: typeof subjectsOf;
  readonly planService: typeof planService;
  readonly emitService: typeof emitService;
  readonly planGateway: typeof planGateway;
  readonly emitGateway: typeof emitGateway;
  readonly planProxy: typeof planProxy;
  readonly emitProxy: typeof emitProxy;
  readonly documentDiagnostics: typeof documentDiagnostics;
  readonly neighbours: typeof neighbours;
  readonly patchesOf: typeof patchesOf;
}

export const CORE: Compiler = {
  apply,
  affected,
  subjectsOf,
  planService,
  emitService,
  planGateway,
  emitGateway,
  planProxy,
  emitProxy,
  documentDiagnostics,
  neighbours,
  patchesOf,
};

/** First 18 bytes of SHA-256, as text: 144 bits are plenty to tell contents apart, and every proxy repeats them on every reconnect. */
export const contentVersion: Hash = (pieces) => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64url').slice(0, 24) as Version;
};
