import { oneLine } from '../../text/plain.ts';

/** A name and what it is; several values stand under each other. */
export type Field = readonly [name: string, value: string | readonly string[]];

/** Long enough for `Annotations`, so that lists of fields stand under each other. */
const NARROWEST = 11;

/** `Name:       checkout`, values in one column. Fields without a value are `<none>`. */
export function fieldsText(fields: readonly Field[]): string {
  const width = Math.max(NARROWEST, ...fields.map(([name]) => name.length)) + 1;
  return fields
    .flatMap(([name, value]) => {
      const values = (typeof value === 'string' ? [value] : value).map(oneLine).filter((each) => each !== '');
      return (values.length === 0 ? ['<none>'] : values).map((each, at) => `${(at === 0 ? `${name}:` : '').padEnd(width)}  ${each}\n`);
    })
    .join('');
}

/** A heading, and text under it indented by two. Nothing at all when there is no text. */
export function sectionText(heading: string, text: string): string {
  if (text === '') return '';
  return `${heading}:\n${indented(text)}`;
}

function indented(text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? '\n' : `  ${line}\n`))
    .join('');
}

/** `team=pay` for each, sorted. */
export function pairs(values: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort();
}
