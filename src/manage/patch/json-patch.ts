import { canonicalJson } from '../../base/index.ts';
import { isFields } from '../body.ts';
import { manageError } from '../errors.ts';

const MAX_OPERATIONS = 10_000;

type Path = readonly string[];

const wrong = (message: string): Error => manageError('bad-request', `JSON patch: ${message}`);

function readPointer(value: unknown, field: string): Path {
  if (typeof value !== 'string' || (value !== '' && !value.startsWith('/'))) throw wrong(`${field} must be a JSON pointer such as "/spec/ports/0"`);
  const path = value.split('/').slice(1);
  return path.map((step) => {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name === '__proto__') throw wrong(`${field} may not name "__proto__"`);
    return name;
  });
}

/** Array index of a step; `length` is one behind the last that is allowed. */
function readIndex(step: string, length: number, path: string): number {
  const index = /^(0|[1-9][0-9]*)$/.test(step) ? Number(step) : Number.NaN;
  if (!(index < length)) throw wrong(`there is no element ${step} at ${path}`);
  return index;
}

function get(value: unknown, path: Path): unknown {
  return path.reduce((at, step) => {
    if (Array.isArray(at)) return at[readIndex(step, at.length, `/${path.join('/')}`)];
    if (isFields(at) && Object.hasOwn(at, step)) return at[step];
    throw wrong(`there is nothing at /${path.join('/')}`);
  }, value);
}

type Edit = (container: readonly unknown[] | Readonly<Record<string, unknown>>, step: string) => unknown;

/** Copies the containers on the way to the last step and lets `edit` make the innermost one anew. */
function change(value: unknown, path: Path, edit: Edit): unknown {
  const [step, ...rest] = path;
  if (step === undefined) throw wrong('the whole document cannot be changed this way');
  if (!Array.isArray(value) && !isFields(value)) throw wrong(`there is no container for "${step}"`);
  if (rest.length === 0) return edit(value, step);
  const inner = change(get(value, [step]), rest, edit);
  return Array.isArray(value) ? value.with(readIndex(step, value.length, `/${path.join('/')}`), inner) : { ...value, [step]: inner };
}

function add(target: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  return change(target, path, (container, step) => {
    if (!Array.isArray(container)) return { ...container, [step]: value };
    const index = step === '-' ? container.length : readIndex(step, container.length + 1, `/${path.join('/')}`);
    return container.toSpliced(index, 0, value);
  });
}

function remove(target: unknown, path: Path): unknown {
  get(target, path);
  return change(target, path, (container, step) => {
    if (Array.isArray(container)) return container.toSpliced(readIndex(step, container.length, `/${path.join('/')}`), 1);
    return Object.fromEntries(Object.entries(container).filter(([key]) => key !== step));
  });
}

function replace(target: unknown, path: Path, value: unknown): unknown {
  if (path.length === 0) return value;
  get(target, path);
  return change(target, path, (container, step) => (Array.isArray(container) ? container.with(Number(step), value) : { ...container, [step]: value }));
}

function test(target: unknown, path: Path, value: unknown): unknown {
  if (canonicalJson(get(target, path)) !== canonicalJson(value)) throw manageError('invalid', `JSON patch: the test of /${path.join('/')} failed`);
  return target;
}

function moveTo(target: unknown, from: Path, path: Path): unknown {
  if (from.length < path.length && from.every((step, at) => step === path[at])) throw wrong('a value cannot be moved into itself');
  return add(remove(target, from), path, get(target, from));
}

function applyOne(target: unknown, operation: unknown): unknown {
  if (!isFields(operation)) throw wrong('each operation must be a map');
  const path = readPointer(operation['path'], 'path');
  switch (operation['op']) {
    case 'add':
      return add(target, path, operation['value']);
    case 'remove':
      return remove(target, path);
    case 'replace':
      return replace(target, path, operation['value']);
    case 'test':
      return test(target, path, operation['value']);
    case 'copy':
      return add(target, path, get(target, readPointer(operation['from'], 'from')));
    case 'move':
      return moveTo(target, readPointer(operation['from'], 'from'), path);
    default:
      throw wrong(`unknown operation ${JSON.stringify(operation['op'])}: add, remove, replace, move, copy and test are known`);
  }
}

/** RFC 6902. Throws `bad-request` when an operation cannot be done, `invalid` when a test fails; then nothing is changed. */
export function jsonPatch(value: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw wrong('the body must be a list of operations');
  if (patch.length > MAX_OPERATIONS) throw wrong(`more than ${MAX_OPERATIONS} operations`);
  return patch.reduce(applyOne, value);
}
