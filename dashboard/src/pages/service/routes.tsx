// Routes as a list of decisions that one can try: the answer is `weft explain`'s, by the same evaluator, and the rule that it names lights up.
import type { ReactNode } from 'react';
import type { ExplainView } from '../../../../src/api/index.ts';
import { useDocuments } from '../../api/documents.ts';
import { useLive } from '../../api/live.ts';
import { percent } from '../../parts/format.ts';
import { useAddress } from '../../state/use-address.ts';
import { Explanation } from './explanation.tsx';
import { type Rule, ruleAt, rulesOf } from './rules.ts';
import { questionOf, Try } from './try.tsx';

function RuleLine({ rule, lit }: { readonly rule: Rule; readonly lit: boolean }): ReactNode {
  return (
    <li className={lit ? 'rule lit' : 'rule'} aria-current={lit ? 'true' : undefined}>
      <div>
        <strong>{rule.name}</strong> <span className="faint">{rule.route}</span>
      </div>
      <div>
        {rule.matches.map((match) => (
          <p key={match}>{match}</p>
        ))}
      </div>
      <div className="rule-to">
        {rule.backends.length === 0 ? <span className="faint">no backend</span> : null}
        {rule.backends.map(({ name, share }) => (
          <p key={name}>
            <span className="mono num">{percent(share)}</span> {name}
          </p>
        ))}
        {rule.does.length === 0 ? null : <p className="faint">{rule.does.join(', ')}</p>}
      </div>
    </li>
  );
}

/** The rules that a request went by, in the explanation of it. */
function litBy(view: ExplainView | undefined): ReadonlySet<string> {
  const taken = (view?.hops ?? []).flatMap(({ steps }) => steps.filter(({ subject }) => subject === 'route').slice(0, 1));
  return new Set(taken.flatMap(({ origin }) => ruleAt(origin) ?? []));
}

export function Routes({ namespace, name }: { readonly namespace: string; readonly name: string }): ReactNode {
  const { search } = useAddress();
  const routes = useDocuments('gateway.networking.k8s.io/v1', 'httproutes', '');
  const grpc = useDocuments('gateway.networking.k8s.io/v1', 'grpcroutes', '');
  const question = questionOf(search, `${namespace}/${name}`);
  const asked = { method: 'POST', body: question, enabled: question !== undefined, everyMs: 15_000 } as const;
  const explained = useLive<ExplainView>('/weft/v1/explain', asked);
  const view = question === undefined ? undefined : explained.data;
  const rules = rulesOf([...(routes.data?.items ?? []), ...(grpc.data?.items ?? [])], namespace, name);
  const lit = litBy(view);
  return (
    <section className="section">
      <h2>Routes</h2>
      {rules.length === 0 ? <p className="soft">None: requests go straight to the instances.</p> : null}
      <ol className="rules">
        {rules.map((rule) => (
          <RuleLine key={`${rule.route} ${rule.index}`} rule={rule} lit={lit.has(`${rule.route} ${rule.index}`)} />
        ))}
      </ol>
      <Try namespace={namespace} name={name} />
      {question === undefined ? null : <Explanation view={view} question={question} error={explained.error} />}
    </section>
  );
}
