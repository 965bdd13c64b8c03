// Answers that a proxy gives by itself because a document says so, or because there is nothing to forward to.
import { headerChange, inline, RedirectAction_RedirectResponseCode } from '../../envoy/index.ts';
import type { RedirectPlan, RespondPlan, RouteAction, RoutePlan } from '../plan.ts';
import { pathFields } from './path-rewrite.ts';
import { CAUSE_HEADER, REQUEST } from './reasons.ts';
import { literal } from './text.ts';

const CODES = {
  301: RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY,
  302: RedirectAction_RedirectResponseCode.FOUND,
  303: RedirectAction_RedirectResponseCode.SEE_OTHER,
  307: RedirectAction_RedirectResponseCode.TEMPORARY_REDIRECT,
  308: RedirectAction_RedirectResponseCode.PERMANENT_REDIRECT,
} as const;

function pathRewriteSpecifier({ path }: RedirectPlan, ignoreCase: boolean) {
  if (path === undefined) return {};
  if (path.kind === 'full') return { pathRewriteSpecifier: { case: 'pathRedirect', value: path.value } as const };
  const { prefixRewrite, regexRewrite } = pathFields(path, ignoreCase);
  if (prefixRewrite !== undefined) return { pathRewriteSpecifier: { case: 'prefixRewrite', value: prefixRewrite } as const };
  return regexRewrite === undefined ? {} : { pathRewriteSpecifier: { case: 'regexRewrite', value: regexRewrite } as const };
}

/**
 * A redirect. `writtenPort`: for requests whose Host names a port, which Envoy would otherwise carry over; the port is then written
 * even where it is the usual one.
 */
export function redirectAction(plan: RedirectPlan, { ignoreCase, writtenPort }: { readonly ignoreCase: boolean; readonly writtenPort: boolean }) {
  const port = plan.usualPort && !writtenPort ? {} : { portRedirect: plan.port };
  return {
    case: 'redirect',
    value: {
      ...(plan.scheme === undefined ? {} : { schemeRewriteSpecifier: { case: 'schemeRedirect', value: plan.scheme } as const }),
      ...(plan.hostname === undefined ? {} : { hostRedirect: plan.hostname }),
      ...port,
      ...pathRewriteSpecifier(plan, ignoreCase),
      responseCode: CODES[plan.status],
    },
  } as const;
}

/** True when requests with a port in their Host need a redirect of their own. */
export function carriesPort({ hostname, usualPort }: RedirectPlan): boolean {
  return hostname === undefined && usualPort;
}

export function respondAction({ status, body }: RespondPlan) {
  return { case: 'directResponse', value: { status, ...(body === '' ? {} : { body: inline(body) }) } } as const;
}

/** Headers of a direct response, before those that filters change. */
export function respondHeaders({ headers }: RespondPlan) {
  return headers.map(({ name, value }) => headerChange('set', name, literal(value)));
}

type Unresolved = Extract<RouteAction, { kind: 'unresolved' }>;

/** Nothing to forward to. The reason stands on the route, because the answers of documents are direct responses too. */
export function unresolvedRoute(plan: RoutePlan, { status, why }: Unresolved) {
  return {
    action: { case: 'directResponse', value: { status, body: inline(`no backend: ${why}\n`) } } as const,
    reason: [headerChange('set', 'weft-reason', `no-backend; route=${literal(plan.name)}; ${REQUEST}`), headerChange('set', CAUSE_HEADER, 'no-backend')],
  };
}

/** What a route answers whose users cannot sign in. */
export function closedAnswer() {
  return {
    action: { case: 'directResponse', value: { status: 503, body: inline('sign-in is not available\n') } } as const,
    reason: [headerChange('set', 'weft-reason', `sign-in-unavailable; ${REQUEST}`), headerChange('set', CAUSE_HEADER, 'sign-in-unavailable')],
  };
}
