const LONGEST = 400;

/**
 * What Envoy said, fit for a person: without the protobuf text it appends to a broken rule (which may hold everything a user
 * wrote, and runs over pages), on one line, at most 400 characters.
 */
export function shortWords(words: string): string {
  const rule = /^([\s\S]*?Proto constraint validation failed \([\s\S]*?\)):\s[\s\S]*$/.exec(words);
  const line = (rule?.[1] ?? words).replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
