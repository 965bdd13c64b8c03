/** Control characters but tab and line end, and what turns the direction of text around. */
const CONTROL = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of somebody else on one line: a line end or tab is one blank, and nothing in it can move the cursor or colour a terminal. */
export function oneLine(text: string): string {
  return text
    .replace(/ *[\n\r\t]\s*/g, ' ')
    .replace(CONTROL, '?')
    .trim();
}

/** What commands write themselves: colours, and a screen or a line that is begun anew. */
const OWN = '\\u001b\\[(?:[0-9;]*m|H\\u001b\\[2J\\u001b\\[3J)|\\r\\u001b\\[K';
const SHOWN = new RegExp(`(?<own>${OWN})|${CONTROL.source}`, 'gu');

/** A number as JSON has it, and YAML between double quotes. */
const numbered = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/**
 * Text for a terminal: what is no control sequence of a command's own is written by its number. It stands at the very end, behind everything that
 * writes values of somebody else: JSON and YAML leave the controls of ISO 6429 (C1) and what turns text around as they are.
 */
export function forTerminal(text: string): string {
  return text.replace(SHOWN, (found, own?: string) => own ?? numbered(found));
}
