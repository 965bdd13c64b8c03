import { type Choice, choose, evaluate, given, type Term, type Text, text, VERSION, value } from './terms/index.ts';
import type { ImageValues, Values } from './values.ts';

/** An object as it is given to an API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What everything is rendered of. */
export interface Installation {
  readonly values: Values;
  /** Weft's own version, the tag of its images. */
  readonly version: string;
}

/** Ports of the control plane in its pods and of its Service. */
export const PORTS = { xds: 15_012, webhooks: 9443, api: 7400 } as const;
/** Uid of the control plane; no image has a name for it. */
export const CONTROL_PLANE_UID = 65_532;

export const NAMESPACE = value('namespace');
/** What the name of anything ends in that there is one of per revision. */
export const SUFFIX = choose(given('revision'), text`-${value('revision')}`, '');

/** The name of what there is one of per revision: `weft`, `weft-canary`, `weft-gateways-canary`. */
export const ownName = (part = ''): Text => (part === '' ? text`weft${SUFFIX}` : text`weft-${part}${SUFFIX}`);

/** `ownName` of an installation. */
export const named = (installation: Installation, part = ''): string => String(evaluate([ownName(part)], installation)[0]);

/** What the Deployment's pods are found by; it never changes, for a Deployment's selector cannot. */
export const SELECTOR: Readonly<Record<string, Term>> = {
  'app.kubernetes.io/name': 'weft',
  'app.kubernetes.io/component': 'control-plane',
  'weft.dev/rev': choose(given('revision'), value('revision'), 'default'),
};

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const LABELS: Readonly<Record<string, Term>> = { ...SELECTOR, 'app.kubernetes.io/part-of': 'weft', 'app.kubernetes.io/version': VERSION };

/** An image by its digest where there is one, else by its tag. */
export const imageOf = (which: 'controlPlane' | 'proxy'): Choice => {
  const repository = value(`images.${which}.repository`);
  const byTag = choose(given(`images.${which}.tag`), text`${repository}:${value(`images.${which}.tag`)}`, text`${repository}:${VERSION}`);
  return choose(given(`images.${which}.digest`), text`${repository}@${value(`images.${which}.digest`)}`, byTag);
};

/** `imageOf` of these values. */
export function imageName({ repository, tag, digest }: ImageValues, version: string): string {
  return digest === undefined ? `${repository}:${tag ?? version}` : `${repository}@${digest}`;
}
