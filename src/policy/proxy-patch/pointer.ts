// JSON pointers with one word more than RFC 6901: a step `[name=8080]` is the one element of a list that has this value, so that a patch
// does not depend on the order in which a listener's chains or filters stand.
import { err, ok, type Result } from '../../base/index.ts';
import type { JsonValue } from '../../envoy/index.ts';

const CHOICE = /^\[([A-Za-z_@][\w@]*)=(.*)\]$/;
const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** The plain pointer that `path` is in `json`, or why it leads nowhere. Plain steps are left as they are. */
export function plainPointer(json: JsonValue, path: string): Result<string, string> {
  let at: JsonValue | undefined = json;
  const plain: string[] = [];
  for (const step of path.split('/').slice(1)) {
    const choice = CHOICE.exec(unescaped(step));
    if (choice === null) {
      plain.push(step);
      at = child(at, unescaped(step));
      continue;
    }
    const [, key = '', value = ''] = choice;
    const found = Array.isArray(at) ? indexesOf(at, key, value) : [];
    const [only] = found;
    if (only === undefined || found.length > 1)
      return err(`${found.length === 0 ? 'no' : 'more than one'} element at /${plain.join('/')} has ${key} "${value}"`);
    plain.push(String(only));
    at = Array.isArray(at) ? at[only] : undefined;
  }
  return ok(plain.length === 0 ? '' : `/${plain.join('/')}`);
}

function child(at: JsonValue | undefined, step: string): JsonValue | undefined {
  if (Array.isArray(at)) return at[Number(step)];
  return at !== null && typeof at === 'object' && Object.hasOwn(at, step) ? at[step] : undefined;
}

function indexesOf(list: readonly JsonValue[], key: string, value: string): readonly number[] {
  return list.flatMap((each, index) => {
    const found = child(each, key);
    return (typeof found === 'object' ? JSON.stringify(found) : String(found)) === value ? [index] : [];
  });
}
