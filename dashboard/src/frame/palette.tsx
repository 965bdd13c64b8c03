// The search: services, proxies, documents, places, requests by id. Opened by ⌘K or Ctrl K.
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { carried } from '../state/address.ts';
import { useAddress } from '../state/use-address.ts';
import { type Found, search, useFindable } from './findable.ts';

const OPEN = 'weft-open-palette';

/** Opens the search from anywhere. */
export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Opens the dialog by key or event, and gives it back. */
function useDialog(): { readonly ref: React.RefObject<HTMLDialogElement | null>; readonly open: boolean; close(): void } {
  const ref = useRef<HTMLDialogElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const show = (): void => {
      ref.current?.showModal();
      setOpen(true);
    };
    const key = (event: globalThis.KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      show();
    };
    addEventListener(OPEN, show);
    addEventListener('keydown', key);
    return () => {
      removeEventListener(OPEN, show);
      removeEventListener('keydown', key);
    };
  }, []);
  return { ref, open, close: () => ref.current?.close() };
}

function Results({ id, found, at, go }: { readonly id: string; readonly found: readonly Found[]; readonly at: number; go(found: Found): void }): ReactNode {
  return (
    <div id={id} className="results" role="listbox" aria-label="Results">
      {found.map((each, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, which keeps the focus
        <div key={each.key} id={`${id}-${index}`} role="option" aria-selected={index === at} tabIndex={-1} onClick={() => go(each)}>
          <span className="faint">{each.kind}</span>
          <span className={each.copies === undefined ? '' : 'mono'}>{each.title}</span>
        </div>
      ))}
    </div>
  );
}

function Finder({ close }: { close(): void }): ReactNode {
  const id = useId();
  const navigate = useNavigate();
  const address = useAddress();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = search(useFindable(), useDeferredValue(text));
  const go = (target: Found | undefined): void => {
    if (target === undefined) return;
    close();
    if (target.copies !== undefined) {
      void navigator.clipboard?.writeText(target.copies);
      return;
    }
    void navigate({ to: target.to, search: { ...carried(address.search), ...target.search } } as unknown as Parameters<typeof navigate>[0]);
  };
  const key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') go(found[at]);
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(found.length - 1, at + step)));
  };
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: a dialog begins at its one field
        autoFocus
        type="search"
        role="combobox"
        aria-label="Search services, proxies, documents, requests"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${at}`}
        placeholder="Service, proxy, document, request id, page"
        value={text}
        onKeyDown={key}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
        }}
      />
      {found.length === 0 ? <p className="faint">Nothing here is called that.</p> : <Results id={id} found={found} at={at} go={go} />}
    </>
  );
}

export function Palette(): ReactNode {
  const { ref, open, close } = useDialog();
  const [shown, setShown] = useState(0);
  useEffect(() => {
    const dialog = ref.current;
    const closed = (): void => setShown((count) => count + 1);
    dialog?.addEventListener('close', closed);
    return () => dialog?.removeEventListener('close', closed);
  }, [ref]);
  return (
    <dialog ref={ref} className="palette" aria-label="Search">
      {open ? <Finder key={shown} close={close} /> : null}
    </dialog>
  );
}
