// What /weft/v1 answers about what holds, what became of what was written, and what a change would do.
import type { Origin } from '../base/index.ts';

/** Body of POST /weft/v1/effective. */
export interface EffectiveRequest {
  /** `shop/checkout`, or as an application calls it. */
  readonly service: string;
  readonly port?: number;
  readonly from?: string;
  /** `NAME` or `NAME/RULE` of a route. */
  readonly route?: string;
}

export interface ValueSourceView {
  readonly words: string;
  readonly origin: Origin;
}

export interface EffectiveValueView {
  readonly path: string;
  readonly value: unknown;
  readonly from: ValueSourceView;
  readonly over: readonly (ValueSourceView & { readonly value: unknown })[];
  readonly ignored?: string;
}

export interface EffectivePolicyView {
  readonly kind: string;
  readonly subject: string;
  readonly words?: string;
  readonly values: readonly EffectiveValueView[];
}

export interface EffectiveView {
  readonly title: string;
  readonly places: readonly { readonly title: string; readonly policies: readonly EffectivePolicyView[] }[];
  readonly problem?: { readonly text: string; readonly alternatives: readonly string[] };
}

export type FateView =
  | { readonly kind: 'applied' }
  | { readonly kind: 'overridden'; readonly by: Origin; readonly words: string }
  | { readonly kind: 'ignored'; readonly code: string; readonly reason: string }
  | { readonly kind: 'rejected'; readonly proxy: string; readonly words: string };

/** Answer of GET /weft/v1/fates/TYPE/NAMESPACE/NAME (`-` for a kind without namespace). */
export interface FatesView {
  readonly fields: readonly {
    readonly path: string;
    readonly fate: FateView;
    readonly except: readonly { readonly place: string; readonly fate: FateView }[];
  }[];
  readonly places: number;
  readonly all: boolean;
}

/** Answer of POST /weft/v1/effect, whose body is that of an apply. */
export interface EffectView {
  readonly proxies: readonly {
    readonly proxies: readonly string[];
    readonly resources: readonly { readonly type: string; readonly name: string; readonly change: 'added' | 'changed' | 'removed' }[];
  }[];
  readonly counts: { readonly affected: number; readonly examined: number; readonly of: number };
  readonly services: readonly { readonly service: string; readonly consumer: string; readonly before: readonly string[]; readonly after: readonly string[] }[];
}
