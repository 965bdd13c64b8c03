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

/** The name of what there is one of per revision: `weft`, `weft-canary`, `weft-gateways-canary`. */
export function named({ values }: Installation, part = ''): string {
  return ['weft', part, values.revision ?? ''].filter((each) => each !== '').join('-');
}

/** What the Deployment's pods are found by; it never changes, for a Deployment's selector cannot. */
export function selectorOf(installation: Installation): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'weft', 'app.kubernetes.io/component': 'control-plane', 'weft.dev/rev': installation.values.revision ?? 'default' };
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export function labelsOf(installation: Installation): Readonly<Record<string, string>> {
  return { ...selectorOf(installation), 'app.kubernetes.io/part-of': 'weft', 'app.kubernetes.io/version': installation.version };
}

/** An image by its digest where there is one, else by its tag. */
export function imageName({ repository, tag, digest }: ImageValues, version: string): string {
  return digest === undefined ? `${repository}:${tag ?? version}` : `${repository}@${digest}`;
}
