import type { ReactNode } from 'react';
import type { ExplainView } from '../../../../src/api/index.ts';
import { Command } from '../../parts/command.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { originWords } from '../../parts/origin.ts';
import { State } from '../../parts/state.tsx';
import type { Question } from './try.tsx';

type Hop = ExplainView['hops'][number];

function HopSteps({ hop }: { readonly hop: Hop }): ReactNode {
  return (
    <div className="section">
      <h3>{hop.title}</h3>
      <dl className="steps">
        {hop.steps.map((step, at) => (
          // steps have no name of their own, and come anew with every answer
          <div key={at}>
            <dt>{step.subject}</dt>
            <dd className="mono">{step.value}</dd>
            <dd className="soft">{step.note}</dd>
            <dd className="faint">{step.origin === undefined ? '' : originWords(step.origin)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The command that prints the same. */
function commandOf({ from, to, method, path, headers }: Question): string {
  const flags = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  return `weft explain --from ${from} --to ${to} --method ${method} --path ${path}${flags.join('')}`;
}

/** The way of a request, step by step, each with the document that decided. */
export function Explanation({
  view,
  question,
  error,
}: {
  readonly view: ExplainView | undefined;
  readonly question: Question;
  readonly error: unknown;
}): ReactNode {
  if (error !== null && error !== undefined) return <ErrorNote error={error} still="The rules above are as the documents say." />;
  if (view === undefined) return null;
  const { title, hops, verdict } = view;
  return (
    <div className="explanation">
      <div className="explanation-head">
        <p className="mono">{title}</p>
        <Command text={commandOf(question)} />
      </div>
      {hops.map((hop) => (
        <HopSteps key={hop.title} hop={hop} />
      ))}
      <p>
        <State state={verdict.ok ? 'ok' : 'bad'} /> {verdict.text}
      </p>
      {verdict.alternatives.map((words) => (
        <p key={words} className="soft">
          {words}
        </p>
      ))}
    </div>
  );
}
