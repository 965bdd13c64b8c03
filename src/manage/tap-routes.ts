// /weft/v1/tap: requests as they happen. Who reads sees what callers ask of a namespace, so it has a permission of its own, headers have another,
// and the audit log has its beginning and its end.
import { type TapLine, type TapQuery, TapQuerySchema } from '../api/index.ts';
import { manageError } from './errors.ts';
import { HERE, hereText, isHere, tappedEverywhere } from './everywhere.ts';
import type { ManagePorts } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';
import { labelSelection } from './selectors.ts';

const DEFAULT_NAMESPACE = 'default';

/** What is tapped, with every name whole. */
export interface TapPlan extends Omit<TapQuery, 'namespace' | 'selector'> {
  /** Of workloads that are tapped; undefined: all of them. */
  readonly picks?: (labels: Readonly<Record<string, string>>) => boolean;
  /** '' = all namespaces. */
  readonly namespace: string;
}

const whole = (place: string, namespace: string): string => (place.includes('/') ? place : `${namespace}/${place}`);
const namespaceOf = (place: string): string => place.split('/', 1)[0] ?? '';

/** Throws `bad-request` where more than one thing is named. */
function planOf(query: TapQuery): TapPlan {
  const { namespace = '', service, workload, gateway, from, to, selector, ...rest } = query;
  if ([service, workload, gateway].filter((each) => each !== undefined).length > 1)
    throw manageError('bad-request', 'name one of service, workload and gateway: `to` says which service a workload calls');
  const places = Object.entries({ service, workload, gateway, from, to }).flatMap(([key, place]) =>
    place === undefined ? [] : [[key, whole(place, namespace === '' ? DEFAULT_NAMESPACE : namespace)] as const],
  );
  return { ...rest, namespace, ...(selector === undefined ? {} : { picks: labelSelection(selector) }), ...Object.fromEntries(places) };
}

/** Namespaces whose proxies tell for it; '' = all. */
function namespacesOf({ namespace, service, workload, gateway, from }: TapPlan): readonly string[] {
  const target = service ?? workload ?? gateway;
  return [...new Set([target === undefined ? namespace : namespaceOf(target), ...(from === undefined ? [] : [namespaceOf(from)])])];
}

function allowed({ permit, query }: WeftCall): TapPlan {
  const { [HERE]: _here, ...asked } = query;
  const plan = planOf(checked(TapQuerySchema, asked));
  for (const namespace of namespacesOf(plan)) {
    permit.require(weftAttributes('watch', 'taps', namespace));
    if (plan.headers) permit.require(weftAttributes('watch', 'taps/headers', namespace));
  }
  return plan;
}

/** As the audit log names it: what was asked for, without what a client could hide in a value. */
function wordsOf({ service, workload, gateway, namespace, from, headers }: TapPlan): string {
  const target = service === undefined ? (workload === undefined ? undefined : `workload/${workload}`) : `service/${service}`;
  const named = target ?? (gateway === undefined ? `namespace/${namespace === '' ? '*' : namespace}` : `gateway/${gateway}`);
  return `tap ${named}${from === undefined ? '' : ` from ${from}`}${headers ? ' with headers' : ''}`;
}

interface Open {
  readonly store: ManagePorts['store'];
  readonly lines: AsyncIterable<TapLine>;
  readonly facts: { readonly who: string; readonly verb: string; readonly what: string; readonly namespace: string };
}

async function* told({ store, lines, facts }: Open): AsyncGenerator<string> {
  let requests = 0;
  try {
    for await (const line of lines) {
      if (line.kind === 'request') requests++;
      yield JSON.stringify(line);
    }
  } finally {
    await store.record([{ ...facts, result: `ended after ${requests} requests` }]);
  }
}

/** Answers `not-found` where nothing can be tapped. */
export function tapRoutes(ports: Pick<ManagePorts, 'tap' | 'store' | 'replica'>): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/tap',
      permission: { kind: 'asked', what: 'watch taps, and for headers taps/headers, in the namespaces whose proxies tell' },
      audit: { verb: 'tap' },
      stream: true,
      answer: async (call) => {
        const plan = allowed(call);
        if (ports.tap === undefined) throw manageError('not-found', 'nothing can be tapped here');
        const facts = { who: call.author, verb: 'tap', what: wordsOf(plan), namespace: namespacesOf(plan)[0] ?? '' };
        // before anything is told: who cannot be written down does not listen
        await ports.store.record([{ ...facts, result: 'began' }]);
        const own = ports.tap.open(plan, call.signal);
        const { replica } = ports;
        if (replica === undefined || isHere(call.query)) return told({ store: ports.store, lines: own, facts });
        const others = replica.lines(`/weft/v1/tap?${hereText(call.query)}`, call.signal) as readonly AsyncIterable<TapLine>[];
        return told({ store: ports.store, lines: tappedEverywhere(own, others), facts });
      },
    },
  ];
}
