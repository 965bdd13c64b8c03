// Pods with a proxy of their own: the rules that an init container with NET_ADMIN writes otherwise.
import { err, ok } from '../base/index.ts';
import { gatedRules } from '../inject/index.ts';
import type { Capture } from './capture.ts';
import { nftIn, type Programs } from './rules.ts';

/** What it does is over when the pod's first container starts; the proxy's start proves it (GATE_PORT). */
export function sidecarCapture(programs?: Programs): Capture {
  const how = (signal: AbortSignal) => ({ signal, ...(programs === undefined ? {} : { programs }) });
  return {
    async add({ netns, annotations }, signal) {
      if (netns === '') return err({ later: false, message: 'the runtime names no network namespace' });
      const done = await nftIn(netns, [gatedRules(annotations)], how(signal));
      return done.ok ? ok(undefined) : done;
    },
    async check({ netns }, signal) {
      const there = await nftIn(netns, ['list', 'table', 'inet', 'weft'], how(signal));
      return there.ok ? ok(undefined) : err({ later: false, message: 'the rules of weft are not in the network namespace of the pod' });
    },
    remove: async () => {},
  };
}
