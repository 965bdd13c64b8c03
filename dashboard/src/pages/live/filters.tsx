import { type FormEvent, type ReactNode, useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { useAddress } from '../../state/use-address.ts';
import { FILTERS } from './question.ts';

function Chip({ name, label, value }: { readonly name: string; readonly label: string; readonly value: string }): ReactNode {
  const { set } = useAddress();
  return (
    <li className="chip">
      <span className="faint">{label}</span> <span className="mono">{value}</span>
      <button type="button" aria-label={`Without ${label} ${value}`} onClick={() => set({ [name]: undefined }, { keep: true })}>
        <Icon name="close" size={12} />
      </button>
    </li>
  );
}

/** Filters that hold, as chips, and a field that adds one. */
export function Filters(): ReactNode {
  const { search, set } = useAddress();
  const [field, setField] = useState<(typeof FILTERS)[number]['name']>('service');
  const [text, setText] = useState('');
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') set({ [field]: text.trim() }, { keep: true });
    setText('');
  };
  const hint = FILTERS.find(({ name }) => name === field)?.hint ?? '';
  return (
    <>
      <form className="adding" onSubmit={add}>
        <select className="text-field" aria-label="Filter by" value={field} onChange={({ target }) => setField(target.value as typeof field)}>
          {FILTERS.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
        <input className="text-field" aria-label="Value of the filter" placeholder={hint} value={text} onChange={({ target }) => setText(target.value)} />
        <button type="submit" className="button">
          Add filter
        </button>
      </form>
      <ul className="chips" aria-label="Filters">
        {FILTERS.flatMap(({ name, label }) => {
          const value = search[name] ?? '';
          return value === '' ? [] : [<Chip key={name} name={name} label={label} value={value} />];
        })}
      </ul>
    </>
  );
}
