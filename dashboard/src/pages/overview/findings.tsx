import { Fragment, type ReactNode } from 'react';
import type { ChangeView, FindingsView, FindingView } from '../../../../src/api/index.ts';
import { Command } from '../../parts/command.tsx';
import { DocumentLink } from '../../parts/document-link.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ServiceLink } from '../../parts/link.tsx';
import { Since } from '../../parts/since.tsx';
import { State, type StateName } from '../../parts/state.tsx';

const STATES: Readonly<Record<FindingView['severity'], StateName>> = { error: 'bad', warning: 'warn', info: 'none' };

function After({ change }: { readonly change: ChangeView }): ReactNode {
  return (
    <p className="finding-after">
      right after {change.who.split(' ')[0]} changed <DocumentLink document={change.what} />
      {change.summary === '' ? null : <span className="mono"> {change.summary}</span>}
    </p>
  );
}

/** What it calls goes wrong: that is the place to look. */
function Follows({ behind }: { readonly behind: readonly string[] }): ReactNode {
  return (
    <p className="finding-after">
      follows from{' '}
      {behind.slice(0, 3).map((service, at) => (
        <Fragment key={service}>
          {at === 0 ? null : ', '}
          <ServiceLink service={service} />
        </Fragment>
      ))}
    </p>
  );
}

/** `same`: the one before it came after the same change, which says it. */
function Finding({ finding, same }: { readonly finding: FindingView; readonly same: boolean }): ReactNode {
  const { code, severity, words, hint, next, since, after, behind } = finding;
  return (
    <li className="finding">
      <State state={STATES[severity]} />
      <div>
        <p className="finding-head">
          <DocumentLink document={finding.object} bare={finding.object.kind === 'Service'} />
          <span className="faint">
            for <Since at={Date.parse(since)} none="" />
          </span>
        </p>
        <p>{words}</p>
        {behind === undefined ? null : <Follows behind={behind} />}
        {after === undefined || behind !== undefined ? null : same ? <p className="finding-after">after the same change</p> : <After change={after} />}
        {same || behind !== undefined ? null : <p className="soft">{hint}</p>}
        <p className="finding-next">
          {next === '' ? null : <Command text={next} />}
          <span className="mono faint">{code}</span>
        </p>
      </div>
    </li>
  );
}

/** One thing that is wrong is a sentence; several are counted by how much they matter. */
function Verdict({ items }: { readonly items: readonly FindingView[] }): ReactNode {
  const [bad, odd] = (['error', 'warning'] as const).map((wanted) => items.filter(({ severity }) => severity === wanted));
  const [errors, warnings] = [bad?.length ?? 0, odd?.length ?? 0];
  if (errors + warnings === 0) return <State state="ok" label="nothing fails" />;
  return (
    <span className="verdict">
      {errors === 0 ? null : <State state="bad" label={errors === 1 ? '1 error' : `${errors} errors`} />}
      {warnings === 0 ? null : <State state="warn" label={warnings === 1 ? '1 warning' : `${warnings} warnings`} />}
    </span>
  );
}

/** The cause of it is listed too. */
const isFollower = ({ behind }: FindingView): boolean => behind !== undefined;

const cause = ({ id, after }: FindingView): string => (after === undefined ? id : `change ${after.seq}`);

/** What came after one change stands together, where the worst of it stands. */
function Listed({ items }: { readonly items: readonly FindingView[] }): ReactNode {
  const together = [...Map.groupBy(items, cause).values()];
  return (
    <ul>
      {together.flat().map((finding, at, all) => (
        <Finding key={finding.id} finding={finding} same={at > 0 && cause(finding) === cause(all[at - 1] ?? finding)} />
      ))}
    </ul>
  );
}

/** What is wrong, in plain words, worst first; advice behind it; and what was looked at when nothing is. */
export function Findings({ view, error }: { readonly view: FindingsView | undefined; readonly error: unknown }): ReactNode {
  const items = view?.items ?? [];
  const advice = items.filter(({ severity }) => severity === 'info');
  const wrong = items.filter(({ severity }) => severity !== 'info');
  const [followers, causes] = [wrong.filter(isFollower), wrong.filter((each) => !isFollower(each))];
  const looked = (view?.checks ?? []).filter(({ skipped }) => skipped === '').length;
  return (
    <section className="findings" aria-label="Findings">
      <h2>Findings {items.length === 0 ? null : <Verdict items={causes.length === 0 ? wrong : causes} />}</h2>
      {error === null ? null : <ErrorNote error={error} still="weft analyze tells the same of files, without a control plane." />}
      {view === undefined && error === null ? <p className="faint">Looking …</p> : null}
      {view !== undefined && items.length === 0 ? (
        <p className="findings-none">
          <State state="ok" />
          <span>{looked === 0 ? 'Nothing is known to be wrong.' : `Nothing is wrong. ${looked} things were looked at.`}</span>
        </p>
      ) : null}
      <Listed items={causes} />
      {followers.length === 0 ? null : (
        <details className="advice" open={causes.length === 0}>
          <summary>{followers.length === 1 ? '1 more call goes wrong because of it' : `${followers.length} more calls go wrong because of it`}</summary>
          <Listed items={followers} />
        </details>
      )}
      {advice.length === 0 ? null : (
        <details className="advice" open={advice.length === items.length}>
          <summary>{advice.length === 1 ? '1 piece of advice' : `${advice.length} pieces of advice`}</summary>
          <Listed items={advice} />
        </details>
      )}
    </section>
  );
}
