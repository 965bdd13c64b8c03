import { type FormEvent, type ReactNode, useId } from 'react';
import { useDocuments } from '../../api/documents.ts';
import type { Search } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';

export interface Question {
  readonly from: string;
  readonly to: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** `a: b` lines as headers; what is no header is left out. */
function headersOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(/[\n,]/).flatMap((line) => {
      const at = line.indexOf(':');
      return at < 1 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]];
    }),
  );
}

/** The request that the address asks about; undefined when it asks about none. */
export function questionOf({ from_workload: from, method = 'GET', path = '/', headers = '' }: Search, to: string): Question | undefined {
  if (from === undefined || from === '' || !path.startsWith('/')) return undefined;
  return { from, to, method, path, headers: headersOf(headers) };
}

/** Workloads of the mesh: those that are likely to call it first, its own last. */
function useCallers(namespace: string, name: string): readonly string[] {
  const { data } = useDocuments('weft.dev/v1alpha1', 'workloads', '');
  const names = (data?.items ?? []).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  const far = (id: string): number => (id.startsWith(`${namespace}/${name}`) ? 2 : id.startsWith(`${namespace}/`) ? 0 : 1);
  return names.sort((a, b) => far(a) - far(b) || (a < b ? -1 : 1));
}

/** A request to try: from whom, which method, path and headers. It stands in the address, so the answer can be sent to somebody. */
export function Try({ namespace, name }: { readonly namespace: string; readonly name: string }): ReactNode {
  const { search, set } = useAddress();
  const callers = useCallers(namespace, name);
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string): string => String(given.get(name) ?? '').trim();
    set({ from_workload: text('from'), method: text('method'), path: text('path'), headers: text('headers') });
  };
  return (
    <form className="try" onSubmit={submit}>
      <label className="field">
        From
        <input name="from" list={id} required defaultValue={search['from_workload'] ?? callers[0] ?? ''} key={callers[0]} placeholder="shop/web" />
      </label>
      <datalist id={id}>
        {callers.map((caller) => (
          <option key={caller} value={caller} />
        ))}
      </datalist>
      <label className="field">
        Method
        <select name="method" defaultValue={search['method'] ?? 'GET'}>
          {METHODS.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
      </label>
      <label className="field">
        Path
        <input name="path" required pattern="/.*" defaultValue={search['path'] ?? '/'} />
      </label>
      <label className="field wide">
        Headers
        <input name="headers" defaultValue={search['headers'] ?? ''} placeholder="x-employee: true" />
      </label>
      <button type="submit" className="button">
        Try
      </button>
    </form>
  );
}
