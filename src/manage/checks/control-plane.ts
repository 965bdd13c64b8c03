// The control plane itself: its store, its room, its pace.
import type { ObjectView } from '../../api/index.ts';
import type { Check, Facts, Found } from './check.ts';

const PLANE: ObjectView = { kind: 'ControlPlane', namespace: '', name: 'weft' };
const MIB = 1024 * 1024;
const LITTLE_BYTES = 1024 * MIB;
const NOTHING_BYTES = 64 * MIB;
/** Acknowledgements, pushes and probes wait for it: what takes less than this nobody notices. */
const LATE_MS = 500;

const UNKNOWN = 'it is not known here';
type Health = NonNullable<Facts['health']>;

const of =
  (look: (health: Health) => readonly Found[]): Check['look'] =>
  ({ health }) =>
    health === undefined ? UNKNOWN : look(health);

export const storeWrites: Check = {
  id: 'store-writes',
  section: 'control plane',
  words: 'the store takes writes',
  look: of(({ storeProblem }) => (storeProblem === '' ? [] : [{ code: 'WEFT2360', object: PLANE, words: storeProblem, next: 'weft status' }])),
};

const sizeText = (bytes: number): string => (bytes >= 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.floor(bytes / MIB)} MiB`);

export const storeSpace: Check = {
  id: 'store-space',
  section: 'control plane',
  words: `the data folder has ${sizeText(LITTLE_BYTES)} and more of room`,
  look: of(({ freeBytes, directory }) =>
    freeBytes >= LITTLE_BYTES
      ? []
      : [
          {
            code: 'WEFT2361',
            severity: freeBytes < NOTHING_BYTES ? 'error' : 'warning',
            object: PLANE,
            words: `${directory} has ${sizeText(freeBytes)} of room left`,
            next: `df -h ${directory}`,
          },
        ],
  ),
};

export const loopTurns: Check = {
  id: 'loop-turns',
  section: 'control plane',
  words: 'the control plane keeps up with its work',
  look: of(({ loopDelayMs }) =>
    loopDelayMs < LATE_MS
      ? []
      : [{ code: 'WEFT2364', object: PLANE, words: `work waits up to ${Math.round(loopDelayMs)} ms for its turn`, next: 'weft status -v' }],
  ),
};
