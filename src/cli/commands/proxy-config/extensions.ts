import { at, text } from './json.ts';
import type { Section } from './section.ts';

/** Filters that are told by themselves what they do: rate limits. */
export const extensions: Section = {
  headers: ['RESOURCE NAME', 'TYPE', 'STATUS'],
  rows: ({ name, content, acknowledged }) => [[name, text(at(content, 'typed_config'), '@type').split('.').at(-1) ?? '', acknowledged ? 'ACTIVE' : 'WARMING']],
};
