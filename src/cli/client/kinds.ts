import { type KindDefinition, nearest } from '../../model/index.ts';
import { KINDS, kindByWord } from '../../policy/index.ts';
import { CommandError, EXIT } from '../exit.ts';

/** A kind, and the documents of it that were named; no names = all of them. */
export interface Target {
  readonly kind: KindDefinition;
  readonly names: readonly TargetName[];
}

export interface TargetName {
  readonly name: string;
  /** When the name was written as NAMESPACE/NAME. */
  readonly namespace?: string;
}

/** Words for several kinds at once. `all`: everything that a user writes, or that joins, in a namespace. */
const GROUPS: ReadonlyMap<string, readonly KindDefinition[]> = new Map([
  ['all', KINDS.filter((kind) => kind.namespaced)],
  ['policies', KINDS.filter((kind) => kind.attaches)],
  ['routes', KINDS.filter(({ group, kind }) => group === 'gateway.networking.k8s.io' && kind.endsWith('Route'))],
]);

const TYPES_WIDTH = 100;

/** `services|svc, httproutes, …` in lines, for a message that lists what there is. */
function knownTypes(): string {
  const lines = [''];
  for (const word of KINDS.map((kind) => [kind.plural, ...kind.shortNames].join('|'))) {
    const last = lines.length - 1;
    const joined = lines[last] === '' ? word : `${lines[last]}, ${word}`;
    if (joined.length <= TYPES_WIDTH) lines[last] = joined;
    else lines.push(word);
  }
  return lines.join(',\n         ');
}

/** A kind by the word a user typed. Throws CommandError 1, as kubectl does, with the nearest word there is. */
export function kindOfWord(word: string): KindDefinition {
  const kind = kindByWord(word);
  if (kind !== undefined) return kind;
  const near = nearest(
    word,
    KINDS.flatMap((each) => [each.plural, each.singular, ...each.shortNames]),
  );
  throw new CommandError(EXIT.failed, `there is no type "${word}"${near === undefined ? '' : `: did you mean "${near}"?`}\n  types: ${knownTypes()}`);
}

/**
 * Reads `TYPE[,TYPE…] [NAME…]`, `TYPE/NAME…`, or `all`, `policies`, `routes`. A name may be NAMESPACE/NAME, also after a type: `service/shop/checkout`.
 * Throws CommandError: 64 when the two ways are mixed, 1 for an unknown type.
 */
export function readTargets(words: readonly string[]): readonly Target[] {
  const [first, ...rest] = words;
  if (first === undefined || first === '') throw new CommandError(EXIT.usage, `name a type\n  types: ${knownTypes()}`);
  if (first.includes('/') && !first.includes(',')) return words.map(slashed);
  const group = GROUPS.get(first);
  if (group !== undefined && rest.length > 0) throw new CommandError(EXIT.usage, `\`${first}\` takes no names\n  write TYPE NAME, or TYPE/NAME`);
  const kinds = group ?? [
    ...new Set(
      first
        .split(',')
        .filter((word) => word !== '')
        .map(kindOfWord),
    ),
  ];
  return kinds.map((kind) => ({ kind, names: rest.map(nameOf) }));
}

function slashed(word: string): Target {
  const slash = word.indexOf('/');
  if (slash < 0) throw new CommandError(EXIT.usage, `"${word}" has no type, and others have one\n  write TYPE/NAME for each, or TYPE NAME NAME …`);
  const name = word.slice(slash + 1);
  if (name === '') throw new CommandError(EXIT.usage, `"${word}" has no name after the slash\n  write TYPE/NAME, or only TYPE for all`);
  return { kind: kindOfWord(word.slice(0, slash)), names: [nameOf(name)] };
}

function nameOf(word: string): TargetName {
  const [namespace = '', name = '', ...more] = word.split('/');
  if (name === '' || more.length > 0) return { name: word };
  return { name, namespace };
}

/** `httproute/checkout`: how documents are named in output, and can be given again. With a namespace: `httproute/shop/checkout`. */
export function reference(kind: Pick<KindDefinition, 'singular'>, namespace: string, name: string): string {
  return `${kind.singular}/${namespace === '' ? '' : `${namespace}/`}${name}`;
}
