// values.yaml and the table of values, out of the same schema.
import { inputSchema, propertiesOf, type Schema } from './schema.ts';

const NAMESPACE = 'namespace';

/** What stands for a value that nobody gives: as the schema says by itself. */
const defaultOf = (schema: Schema): unknown => schema['default'];
const isNested = (schema: Schema): boolean => Object.keys(propertiesOf(schema)).length > 0;

const WIDTH = 116;

function wrapped(words: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function shapeOf(schema: Schema): string {
  const { enum: members, anyOf, type } = schema;
  if (Array.isArray(members)) return members.join(' | ');
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map((each: Schema) => shapeOf(each)))].join(' | ');
  if (type === 'array') return `list of ${shapeOf((schema['items'] as Schema | undefined) ?? {})}`;
  return typeof type === 'string' ? type : 'anything';
}

const example = (schema: Schema): string => (schema['type'] === 'object' ? '{}' : schema['type'] === 'array' ? '[]' : '…');

function lines(schema: Schema, depth: number): readonly string[] {
  const indent = '  '.repeat(depth);
  return Object.entries(propertiesOf(schema)).flatMap(([name, each]) => {
    if (depth === 0 && name === NAMESPACE) return [];
    const words = typeof each['description'] === 'string' ? wrapped(`${each['description']}`, WIDTH - indent.length).map((line) => `${indent}# ${line}`) : [];
    const space = depth === 0 ? [''] : [];
    if (isNested(each)) return [...space, ...words, `${indent}${name}:`, ...lines(each, depth + 1)];
    const usual = defaultOf(each);
    const line = usual === undefined ? `${indent}# ${name}: ${example(each)}    ${shapeOf(each)}` : `${indent}${name}: ${JSON.stringify(usual)}`;
    return [...space, ...words, line];
  });
}

/** values.yaml: every value with its default and what it means; those without a default stand in comments. */
export function valuesYaml(): string {
  return `${lines(inputSchema(), 0).join('\n')}\n`;
}

function rows(schema: Schema, path: string): readonly string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, each]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (at === NAMESPACE) return [];
    if (isNested(each)) return rows(each, at);
    const usual = defaultOf(each);
    const words = `${typeof each['description'] === 'string' ? each['description'] : ''} (${shapeOf(each)})`.replaceAll('|', '\\|').trim();
    return [`| \`${at}\` | ${usual === undefined ? '' : `\`${JSON.stringify(usual)}\``} | ${words} |`];
  });
}

/** The values as a table of Markdown. */
export const valuesTable = (): string => ['| value | default | |', '|---|---|---|', ...rows(inputSchema(), '')].join('\n');
