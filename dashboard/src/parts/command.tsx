import { type ReactNode, useState } from 'react';
import { Icon } from './icon.tsx';

/** The `weft` command that prints the same; a click copies it. */
export function Command({ text }: { readonly text: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard?.writeText(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1_500);
    });
  };
  return (
    <button type="button" className="command" onClick={copy} title={`Copy: ${text}`}>
      <span className="faint" aria-hidden="true">
        $
      </span>
      <code>{text}</code>
      <Icon name={copied ? 'done' : 'copy'} size={14} />
      <span className="hidden" aria-live="polite">
        {copied ? 'copied' : ''}
      </span>
    </button>
  );
}
