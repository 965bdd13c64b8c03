/** What `weft-reason` says of the cause, without the name of the request, which is another one each time. */
export function toldBy(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string | undefined {
  const reason = headers['weft-reason'];
  return typeof reason === 'string' ? reason.replace(/; request=[^;]*$/, '') : undefined;
}

/** The id by which `weft explain --request` finds it. */
export function requestOf(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  return /; request=([^;]*)$/.exec(String(headers['weft-reason'] ?? ''))?.[1] ?? '';
}
