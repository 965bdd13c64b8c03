// Clocks of machines: tokens and certificates are good between two times, so a clock that is off shuts its machine out.
import type { Check } from './check.ts';

/** Half of what a token may be early. */
const OFF_MS = 5000;

export const clocksAgree: Check = {
  id: 'clocks-agree',
  section: 'proxies',
  words: `clocks of machines are within ${OFF_MS / 1000} s of the control plane’s`,
  look: ({ clocks }) =>
    clocks
      .filter(({ offsetMs }) => Math.abs(offsetMs) > OFF_MS)
      .map(({ namespace, name, offsetMs }) => ({
        code: 'WEFT2363',
        object: { kind: 'Workload', namespace, name },
        words: `the clock of ${namespace}/${name} is ${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`,
        next: 'timedatectl set-ntp true',
      })),
};
