/** Control characters but tab and line end, and what turns the direction of text around. */
const CONTROL = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of somebody else on one line: a line end or tab is one blank, and nothing in it can move the cursor or colour a terminal. */
export function oneLine(text: string): string {
  return text
    .replace(/ *[\n\r\t]\s*/g, ' ')
    .replace(CONTROL, '?')
    .trim();
}
