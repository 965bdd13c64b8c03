// The one protobuf that kubectl sends here: its reviews (`kubectl auth can-i`). k8s.io/apimachinery's envelope is "k8s\0" and a message Unknown
// with the object in field 2; of that object field 2 is the spec (k8s.io/api/authorization/v1/generated.proto). Text of ASCII alone.
import { manageError } from './errors.ts';

const MAGIC = 'k8s\0';

/** Fields with a length, by number; the last of each. Undefined when the text is no such message. */
function fieldsOf(text: string): ReadonlyMap<number, string> | undefined {
  const fields = new Map<number, string>();
  for (let at = 0; at < text.length; ) {
    const tag = text.charCodeAt(at);
    const length = text.charCodeAt(at + 1);
    if ((tag & 7) !== 2 || length > 127 || at + 2 + length > text.length) return undefined;
    fields.set(tag >> 3, text.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return fields;
}

const RESOURCE = ['', 'namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'];
const PATH = ['', 'path', 'verb'];

function named(text: string | undefined, names: readonly string[]): object | undefined {
  const fields = text === undefined ? undefined : fieldsOf(text);
  return fields === undefined
    ? undefined
    : Object.fromEntries([...fields].flatMap(([number, value]) => (names[number] === undefined ? [] : [[names[number], value]])));
}

/** A review as JSON would have it. Throws `unsupported-media-type` for anything longer or stranger than `kubectl auth` sends. */
export function readReview(body: unknown): unknown {
  const text = typeof body === 'string' ? body : '';
  const object = text.startsWith(MAGIC) ? fieldsOf(text.slice(MAGIC.length))?.get(2) : undefined;
  const spec = object === undefined ? undefined : (fieldsOf(object)?.get(2) ?? '');
  const fields = spec === undefined ? undefined : fieldsOf(spec);
  if (fields === undefined) throw manageError('unsupported-media-type', 'this review cannot be read as protobuf here: send application/json');
  const [resource, path] = [named(fields.get(1), RESOURCE), named(fields.get(2), PATH)];
  // Of a SelfSubjectRulesReview field 1 is the namespace itself.
  return {
    spec: {
      namespace: fields.get(1) ?? '',
      ...(resource === undefined ? {} : { resourceAttributes: resource }),
      ...(path === undefined ? {} : { nonResourceAttributes: path }),
    },
  };
}
