// Where a policy is begun: of which kind, where, what it is called.
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { KindView } from '../../api/kinds.ts';
import { documentPath } from '../../parts/document-link.tsx';
import { carried } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';

/** Opened by the address when it names a service (`for`). */
export function Begin({ kinds }: { readonly kinds: readonly KindView[] }): ReactNode {
  const { search, namespace } = useAddress();
  const navigate = useNavigate();
  const service = search['for'] ?? '';
  const [plural, setPlural] = useState('timeoutpolicies');
  const kind = kinds.find((each) => each.plural === plural);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const text = (name: string): string => String(given.get(name) ?? '').trim();
    const place = { namespace: kind?.namespaced === false ? '' : text('namespace'), name: text('name') };
    const more = service === '' ? {} : { for: service };
    void navigate({ to: `${documentPath(plural, place)}/edit`, search: { ...carried(search), ...more } } as unknown as Parameters<typeof navigate>[0]);
  };
  return (
    <details className="begin" open={service !== ''}>
      <summary>Write a policy{service === '' ? '' : ` for ${service}`}</summary>
      <form className="toolbar" onSubmit={submit}>
        <select className="text-field" aria-label="Kind" value={plural} onChange={({ target }) => setPlural(target.value)}>
          {kinds.map((each) => (
            <option key={each.plural} value={each.plural}>
              {each.kind}
            </option>
          ))}
        </select>
        {kind?.namespaced === false ? null : (
          <input className="text-field" name="namespace" aria-label="Namespace" placeholder="Namespace" required defaultValue={namespace || 'default'} />
        )}
        <input
          className="text-field"
          name="name"
          aria-label="Name"
          placeholder="Name"
          required
          pattern="[a-z0-9]([\-a-z0-9.]*[a-z0-9])?"
          defaultValue={service}
        />
        <button type="submit" className="button">
          Begin
        </button>
      </form>
    </details>
  );
}
