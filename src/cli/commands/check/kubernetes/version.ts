import type { KubeClient } from '../../../../kube/index.ts';
import { textAt } from '../../../client/kube.ts';
import { finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

/** Native sidecars are on by default from here (KEP-753). */
const LEAST_MINOR = 29;

/** `v1.31.2-gke.100` → 31; undefined for what is no version of Kubernetes 1. */
export function minorOf(version: string): number | undefined {
  const [, minor] = /^v?1\.(\d{1,3})(?:\D|$)/.exec(version) ?? [];
  return minor === undefined ? undefined : Number(minor);
}

export const isOld = (version: string): boolean => (minorOf(version) ?? LEAST_MINOR) < LEAST_MINOR;

export async function versionLine(client: KubeClient): Promise<Line> {
  const version = textAt(await client.raw('/version'), 'gitVersion');
  return lineOf('kubernetes', `Kubernetes 1.${LEAST_MINOR} or newer (${version})`, async () =>
    isOld(version) ? [finding('WEFT2465', `this is Kubernetes ${version}`, { next: 'kubectl version' })] : [],
  );
}
