// YAML line by line, each with the path of what stands on it.
import { joinPath, splitPath } from '../../../model/index.ts';

export interface SpecLine {
  readonly path: string;
  readonly text: string;
  readonly indent: string;
  /** It holds a value, and is not only the name of a map or list. */
  readonly leaf: boolean;
}

/** Block style, as `kubectl -o yaml`; empty maps and lists are left out, since they say nothing. */
export function specLines(value: object, path: string): readonly SpecLine[] {
  return linesOf(value, splitPath(path), '');
}

const isEmpty = (value: unknown): boolean => value !== null && typeof value === 'object' && Object.keys(value).length === 0;

type Path = readonly (string | number)[];

function linesOf(value: object, path: Path, indent: string): readonly SpecLine[] {
  if (Array.isArray(value)) return value.flatMap((each: unknown, at) => itemLines(each, [...path, at], indent));
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    if (each === undefined || isEmpty(each)) return [];
    const at = [...path, key];
    if (each === null || typeof each !== 'object') return [{ path: joinPath(at), text: `${indent}${scalar(key)}: ${scalar(each)}`, indent, leaf: true }];
    return [{ path: joinPath(at), text: `${indent}${scalar(key)}:`, indent, leaf: false }, ...linesOf(each, at, `${indent}  `)];
  });
}

/** `- name: x`: the first line of an item bears the dash. */
function itemLines(value: unknown, path: Path, indent: string): readonly SpecLine[] {
  if (value === null || typeof value !== 'object') return [{ path: joinPath(path), text: `${indent}- ${scalar(value)}`, indent, leaf: true }];
  if (isEmpty(value)) return [{ path: joinPath(path), text: `${indent}- {}`, indent, leaf: true }];
  const [first, ...rest] = linesOf(value, path, `${indent}  `);
  if (first === undefined) return [{ path: joinPath(path), text: `${indent}- {}`, indent, leaf: true }];
  return [{ ...first, text: `${indent}- ${first.text.slice(indent.length + 2)}` }, ...rest];
}

const PLAIN = /^[A-Za-z_./][A-Za-z0-9_./-]*$/;
const WORDS = /^(true|false|yes|no|on|off|null|y|n)$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return (PLAIN.test(value) && !WORDS.test(value)) || /^\d+(ms|s|m|h)$/.test(value) ? value : JSON.stringify(value);
}
