/** Literal text in a place where Envoy expands `%COMMAND%`: a per cent sign of a user's is doubled. */
export function literal(text: string): string {
  return text.replaceAll('%', '%%');
}
