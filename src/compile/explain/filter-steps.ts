// What filters do, one line each.
import type { Cors, HeaderChange } from '../../model/index.ts';
import type { AuthorizerPlan, MirrorPlan, RewritePlan, RoutePlan } from '../plan.ts';
import type { ExplainStep } from './explain.ts';
import { backendName, rewriteText, shareText } from './words.ts';

/** The lines of everything a route does beside sending requests on. */
export function filterSteps(route: RoutePlan): readonly ExplainStep[] {
  const forward = route.action.kind === 'forward' ? route.action : undefined;
  return [
    ...corsStep(route.cors),
    ...headerSteps(route),
    ...rewriteStep(forward?.rewrite),
    ...authorizerStep(forward?.authorizer),
    ...(forward?.mirrors ?? []).map(mirrorStep),
    ...(forward?.session === undefined
      ? []
      : [
          {
            subject: 'session',
            value: `${forward.session.type.toLowerCase()} ${forward.session.name}`,
            note: 'stays with its endpoint',
            origin: forward.session.origin,
          },
        ]),
  ];
}

function corsStep(cors: Cors | undefined): readonly ExplainStep[] {
  if (cors === undefined) return [];
  const credentials = cors.allowCredentials ? '; credentials too' : '';
  return [{ subject: 'CORS', value: cors.allowOrigins.join(', ') || 'no origin', note: `preflights are answered here${credentials}`, origin: cors.origin }];
}

function headerSteps({ requestHeaders, responseHeaders, origin }: RoutePlan): readonly ExplainStep[] {
  const step = (value: string, change: HeaderChange): readonly ExplainStep[] => {
    const note = [
      ...change.set.map(({ name }) => `set ${name}`),
      ...change.add.map(({ name }) => `add ${name}`),
      ...change.remove.map((name) => `remove ${name}`),
    ];
    return note.length === 0 ? [] : [{ subject: 'headers', value, note: note.join(', '), origin }];
  };
  return [...step('request', requestHeaders), ...step('response', responseHeaders)];
}

function rewriteStep(rewrite: RewritePlan | undefined): readonly ExplainStep[] {
  return rewrite === undefined ? [] : [{ subject: 'rewrite', value: rewriteText(rewrite), note: '', origin: rewrite.origin }];
}

function authorizerStep(plan: AuthorizerPlan | undefined): readonly ExplainStep[] {
  if (plan === undefined) return [];
  const note =
    plan.unresolved === undefined
      ? `over ${plan.auth.protocol}; when it cannot be asked, nobody passes`
      : `cannot be asked, so nobody passes: ${plan.unresolved}`;
  return [{ subject: 'authorizer', value: backendName(plan), note, origin: plan.auth.origin }];
}

function mirrorStep(mirror: MirrorPlan): ExplainStep {
  return { subject: 'mirror', value: backendName(mirror), note: `${shareText(mirror.share)}; its answers are dropped`, origin: mirror.origin };
}
