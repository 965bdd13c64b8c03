import type { Diagnostic, Origin } from '../../base/index.ts';
import { diagnostic, type ServiceKey } from '../../model/index.ts';
import type { Survey } from './findings.ts';
import { backendsOf, backoffMs, type ForwardRoute, msWords, namespaceOf, routesSeenFrom, tryOrigin, type Wait } from './patience.ts';

/** WEFT1901: whoever calls the service waits less long than the service may wait for others. WEFT1906: a try outlasts the request. */
export function timeoutFindings(survey: Survey, service: ServiceKey): readonly Diagnostic[] {
  const callers = survey.graph.to(service).map((call) => call.from);
  const namespaces = new Set(['', ...callers.map(namespaceOf)]);
  return [...namespaces].flatMap((namespace) => {
    const who = callers.filter((caller) => namespace === '' || namespaceOf(caller) === namespace).map(shortName);
    return routesSeenFrom(survey.mesh, service, namespace).flatMap((route) => [
      ...impatience(survey, { service, route, who: who.join(', ') || 'whoever calls' }),
      ...retryWithoutTime(route),
    ]);
  });
}

interface Call {
  readonly service: ServiceKey;
  readonly route: ForwardRoute;
  readonly who: string;
}

/** `TimeoutPolicy shop/payments, policies.yaml:8`. */
function placeWords({ kind, namespace, name, file, line }: Origin): string {
  const what = `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
  return file === undefined ? what : `${what}, ${file}${line === undefined ? '' : `:${line}`}`;
}

const shortName = (service: ServiceKey): string => service.slice(service.indexOf('/') + 1);

function impatience({ patience }: Survey, { service, route, who }: Call): readonly Diagnostic[] {
  const { requestMs, tryMs, requestOrigin } = route.action.timeout;
  const wait = backendsOf(route)
    .map((backend) => [backend, patience.longestWait(backend)] as const)
    .reduce<readonly [ServiceKey, Wait] | undefined>(
      (most, [backend, each]) => (each !== undefined && each.ms > (most?.[1].ms ?? 0) ? [backend, each] : most),
      undefined,
    );
  if (wait === undefined) return [];
  const [backend, { ms, to, words, origin }] = wait;
  const callee = backend === service ? shortName(service) : `${shortName(service)} (${shortName(backend)})`;
  const tell = (at: Origin, patient: string): Diagnostic =>
    diagnostic(
      'WEFT1901',
      at,
      `${who} wait${who.includes(',') ? '' : 's'} ${patient} for ${callee}, which may take ${words} for ${shortName(to)} (${placeWords(origin)})`,
    );
  if (requestMs > 0 && requestMs < ms) return [tell(requestOrigin, msWords(requestMs))];
  if (tryMs > 0 && tryMs < ms) return [tell(tryOrigin(route, route.action.timeout), `${msWords(tryMs)} in each try`)];
  return [];
}

function retryWithoutTime(route: ForwardRoute): readonly Diagnostic[] {
  const { timeout, retry } = route.action;
  const { requestMs, tryMs } = timeout;
  if (retry.attempts === 0 || tryMs === 0 || requestMs === 0 || tryMs + backoffMs({ ...retry, attempts: 1 }) < requestMs) return [];
  const text = `each try may take ${msWords(tryMs)} and the whole request ${msWords(requestMs)}: none of the ${retry.attempts} retries follows a try that timed out`;
  return [diagnostic('WEFT1906', tryOrigin(route, timeout), text)];
}
