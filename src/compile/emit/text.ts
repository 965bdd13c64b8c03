/** Literal text in a place where Envoy expands `%COMMAND%`: a per cent sign of a user's is doubled. */
export function literal(text: string): string {
  return text.replaceAll('%', '%%');
}

/** What stands in a `weft-reason` after `=`: visible ASCII without the separators, so that the header stays one line and parsable. */
export function reasonValue(text: string): string {
  return text.replace(/[^\x20-\x7e]|[;,]/g, '_');
}
