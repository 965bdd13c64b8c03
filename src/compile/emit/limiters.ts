// Filters that are told by themselves what they do, as resources. A listener that waits for one of them answers nothing, so there is always one.
import type { Origin } from '../../base/index.ts';
import { checkedResource, type Hash, TypedExtensionConfigSchema } from '../../envoy/index.ts';
import { type ExtensionInit, idleAt } from './discovered.ts';
import { accepted, type Emitted } from './service.ts';

export interface Making {
  /** Documents behind it, the one to blame first. */
  readonly origins: readonly Origin[];
  readonly hash: Hash;
}

/** What a filter is told; where Envoy would refuse that, nothing at all, and what Envoy has against it. */
export function emitLimiter(said: ExtensionInit, { origins, hash }: Making): Emitted {
  const [at] = origins;
  if (at === undefined) return { resources: [], diagnostics: [] };
  const resourceOf = (init: ExtensionInit): Emitted =>
    accepted(checkedResource({ type: 'extension', name: init.name, desc: TypedExtensionConfigSchema, init, origins, hash }), at);
  const whole = resourceOf(said);
  const idle = whole.diagnostics.length === 0 ? undefined : idleAt(said.name);
  return idle === undefined ? whole : { resources: resourceOf(idle).resources, diagnostics: whole.diagnostics };
}
