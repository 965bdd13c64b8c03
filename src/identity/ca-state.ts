import { join } from 'node:path';
import { identityError } from './errors.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';
import { PHASES, type Rotation } from './rotation.ts';

/** A root that is kept: its folder below `ca`, '.' for the first one. */
export interface AnchorRecord {
  readonly name: string;
  readonly folder: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** A root that was dropped. */
export interface RetiredRecord {
  readonly name: string;
  readonly fingerprint: string;
  readonly notAfter: number;
  readonly retiredAt: number;
}

/** What the authority remembers beside its keys: which roots there are, which is in force, and how far a change has got. */
export interface CaState {
  readonly version: 1;
  readonly anchors: readonly AnchorRecord[];
  /** The root in force when no rotation is under way. */
  readonly current: string;
  /** How often a root was dropped; listeners carry it, so that connections from before are ended. */
  readonly cycle: number;
  /** How often this was changed; absent is 0. Where replicas share it, by this they tell who has got how far. */
  readonly revision?: number;
  readonly rotation?: Rotation;
  readonly retired: readonly RetiredRecord[];
}

export const FIRST = '1';

/** Of a data folder without a state: the one root that it has, or will have. */
export function firstState(now: number): CaState {
  return { version: 1, anchors: [{ name: FIRST, folder: '.', createdAt: now }], current: FIRST, cycle: 0, retired: [] };
}

const fileIn = (ca: string): string => join(ca, 'state.json');

/** Reads `ca/state.json`; undefined when there is none. Throws `key-unusable` for one that is damaged or of a later version of weft. */
export function readState(ca: string): CaState | undefined {
  const path = fileIn(ca);
  const text = readPrivateFile(path);
  if (text === undefined) return undefined;
  const damaged = (why: string): Error => identityError('key-unusable', `${path} ${why}: restore ${ca} from a backup`);
  let value: CaState;
  try {
    value = JSON.parse(text) as CaState;
  } catch {
    throw damaged('is damaged');
  }
  if (value.version !== 1)
    throw identityError('key-unusable', `${path} is of version ${String(value.version)}, which this weft does not know: use the weft that wrote it`);
  const fault = faultOf(value);
  if (fault !== undefined) throw damaged(fault);
  return value;
}

/** The text of a state, as it is kept. */
export const stateText = (state: CaState): string => `${JSON.stringify(state, null, 2)}\n`;

function faultOf(value: CaState): string | undefined {
  if (!Array.isArray(value.anchors) || !Array.isArray(value.retired) || typeof value.cycle !== 'number') return 'is damaged';
  const names = new Set(value.anchors.map(({ name }) => name));
  const { rotation } = value;
  const wanted = [value.current, ...(rotation === undefined ? [] : [rotation.from, rotation.to])];
  const missing = wanted.find((name) => !names.has(name));
  if (missing !== undefined) return `speaks of a root ${missing} that it does not list`;
  return rotation !== undefined && !PHASES.includes(rotation.phase) ? `speaks of a step "${String(rotation.phase)}" that there is not` : undefined;
}

/** Writes the state as a whole or not at all; on disk before it returns. */
export function writeState(ca: string, state: CaState): void {
  writePrivateFile(fileIn(ca), stateText(state));
}
