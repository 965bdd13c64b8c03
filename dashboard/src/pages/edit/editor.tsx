// A field for YAML, with the lines marked that something is wrong with, and what that is beside them.
import { type ReactNode, useRef } from 'react';
import { State, type StateName } from '../../parts/state.tsx';
import type { Problem } from './written.ts';

const STATES: Readonly<Record<Problem['severity'], StateName>> = { error: 'bad', warning: 'warn', info: 'none' };

function Gutter({ lines, problems }: { readonly lines: number; readonly problems: readonly Problem[] }): ReactNode {
  const worst = new Map<number, StateName>();
  for (const { line, severity } of problems) if (worst.get(line) !== 'bad') worst.set(line, STATES[severity]);
  return (
    <ol className="edit-gutter" aria-hidden="true">
      {Array.from({ length: lines }, (_, at) => (
        <li key={at} className={worst.get(at + 1) ?? ''}>
          {at + 1}
        </li>
      ))}
    </ol>
  );
}

function Said({ problem, show }: { readonly problem: Problem; show(): void }): ReactNode {
  const { line, severity, code, words, hint } = problem;
  return (
    <li>
      <State state={STATES[severity]} />
      <div>
        <p>
          <button type="button" className="link" onClick={show}>
            line {line}
          </button>{' '}
          {words}
        </p>
        {hint === '' ? null : <p className="soft">{hint}</p>}
        {code === '' ? null : <p className="mono faint">{code}</p>}
      </div>
    </li>
  );
}

export interface EditorProps {
  readonly text: string;
  readonly problems: readonly Problem[];
  /** Said where there are none. */
  readonly well: ReactNode;
  change(text: string): void;
}

/** Where the line begins and ends in the text. */
function rangeOf(text: string, line: number): readonly [number, number] {
  const start =
    text
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length + (line > 1 ? 1 : 0);
  const end = text.indexOf('\n', start);
  return [start, end < 0 ? text.length : end];
}

export function Editor({ text, problems, well, change }: EditorProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const lines = text.split('\n').length;
  const show = (line: number): void => {
    field.current?.focus();
    field.current?.setSelectionRange(...rangeOf(text, line));
  };
  return (
    <div className="edit-both">
      <div className="edit-text">
        <Gutter lines={lines} problems={problems} />
        <textarea
          ref={field}
          aria-label="The document, as YAML"
          aria-invalid={problems.some(({ severity }) => severity === 'error')}
          aria-describedby="edit-said"
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          rows={lines + 1}
          value={text}
          onChange={({ target }) => change(target.value)}
        />
      </div>
      <div id="edit-said" className="edit-said" role="status">
        {problems.length === 0 ? (
          well
        ) : (
          <ul>
            {problems.map((problem, at) => (
              <Said key={`${problem.line} ${problem.code} ${at}`} problem={problem} show={() => show(problem.line)} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
