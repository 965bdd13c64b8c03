// Pods that the proxy of their node serves: rules as in any captured pod, and a link by which the proxy finds the pod's network namespace. The name of the link
// follows from what the API server says of the pod (model/pod-namespaces.ts), so nobody is told of it; it is there before the pod has an address.
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok } from '../base/index.ts';
import { isIpv4, POD_NAMESPACES, podNamespacePath } from '../model/index.ts';
import type { Capture, PodNetwork } from './capture.ts';
import type { Programs } from './rules.ts';
import { sidecarCapture } from './sidecar.ts';

export interface NodeCaptureOptions {
  /** The root of the host as it is seen from here; empty on the host itself. */
  readonly host: string;
  /** Where the links are. */
  readonly folder?: string;
  readonly programs?: Programs;
}

/** What the proxy's container has of the host: where runtimes pin namespaces. One that is reached by a process alone would not be there. */
const PINNED = /^\/run\/netns\/[A-Za-z0-9._-]+$/;

const nameOf = (uid: string, address: string): string => podNamespacePath(uid, address).slice(POD_NAMESPACES.length + 1);

/** Both or neither: a link says that the rules are there. */
export function nodeCapture({ host, folder = POD_NAMESPACES, programs }: NodeCaptureOptions): Capture {
  const rules = sidecarCapture(programs);
  const linkOf = ({ pod, addresses }: PodNetwork): string | undefined => {
    const address = addresses.find(isIpv4);
    return address === undefined || pod.uid === '' ? undefined : join(folder, nameOf(pod.uid, address));
  };
  return {
    async add(network, signal) {
      const link = linkOf(network);
      const target = network.netns.slice(host.length);
      if (link === undefined) return err({ later: false, message: 'the pod has no address of IPv4, by which the proxy of its node would know it' });
      if (!PINNED.test(target))
        return err({ later: false, message: `the proxy of the node does not reach the network namespace ${target}: it is not in /run/netns` });
      const done = await rules.add(network, signal);
      if (!done.ok) return done;
      // Others look for it: its folder is no secret, and what it leads to asks for CAP_SYS_ADMIN.
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      put(link, target);
      return ok(undefined);
    },
    async check(network, signal) {
      const link = linkOf(network);
      if (link === undefined || targetOf(link) !== network.netns.slice(host.length))
        return err({ later: false, message: 'the proxy of the node does not know the pod' });
      return rules.check(network, signal);
    },
    async remove(network) {
      const link = linkOf(network);
      const gone = link === undefined ? linksOf(folder, network.pod.uid) : [link];
      for (const each of gone) rmSync(each, { force: true });
    },
  };
}

function targetOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** In one step, whatever was there. */
function put(link: string, target: string): void {
  const next = `${link}.new`;
  rmSync(next, { force: true });
  symlinkSync(target, next);
  renameSync(next, link);
}

/** Where the runtime does not say which address it was: all of the pod. */
function linksOf(folder: string, uid: string): readonly string[] {
  if (uid === '') return [];
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${uid}@`))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
