import type { RecordView } from '../../../api/index.ts';
import { oneLine } from '../../text/plain.ts';

const WORDS: Readonly<Record<string, string>> = {
  'authz-denied': 'denied',
  'jwt-denied': 'refused: its token is not good',
  'sign-in-denied': 'refused: not signed in, or come back from the provider with what it was not sent with',
  'sign-in-unavailable': 'refused: nobody can sign in now',
  'ext-authz-denied': 'denied by an external authorizer',
  'ext-authz-unavailable': 'refused: the external authorizer does not answer',
  'bad-request': 'it is no proper request',
  overloaded: 'turned away: the proxy is overloaded',
  other: 'refused',
  'rate-limited': 'limited',
  fault: 'failed on purpose',
  shed: 'turned away: too much at once',
  timeout: 'timed out',
  'no-route': 'no route takes it',
  'no-backend': 'no backend to send it to',
  'no-cluster': 'the backend of its route is not known',
  'no-healthy-upstream': 'no endpoint is ready',
  'no-address': 'the name of the server could not be looked up',
  'upstream-connect': 'no connection to whom it was for',
  'upstream-tls': 'the TLS handshake with whom it was for failed',
  'upstream-reset': 'the connection broke off',
  'circuit-open': 'too much under way: the circuit breaker is open',
  'retries-exhausted': 'every try failed',
  'retry-budget': 'its try failed, and others were being tried again already, as many as the retry budget allows',
  misdirected: 'asked on a connection for another host',
  handshake: 'the TLS handshake failed',
};

/** A cause in words; what has none is told as it is. */
export function causeWords({ cause }: Pick<RecordView, 'cause'>): string {
  return WORDS[cause] ?? oneLine(cause);
}

const account = (identity: string): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(identity)?.slice(1).join('/') ?? '';

/** What to do now, where there is something that helps. */
export function nextStep(record: RecordView): readonly string[] {
  const { cause, service, source, host, policy, method } = record;
  const path = record.path.replace(/[?#].*$/s, '');
  const to = service === '' ? host : service;
  const from = account(source);
  const asked = from === '' || to === '' ? '' : `weft explain --from ${from} --to ${callable(to)} --method ${oneLine(method)} --path ${oneLine(path)}`;
  const steps: Readonly<Record<string, string>> = {
    'authz-denied':
      asked === '' ? `what callers of it do: weft authz suggest --service ${oneLine(to)}` : `which rule decides, and what would allow it: ${asked}`,
    'rate-limited': `what holds there: weft effective ${oneLine(to)}`,
    timeout: `what holds there: weft effective ${oneLine(to)}`,
    fault: policy === '' ? `what holds there: weft effective ${oneLine(to)}` : `when it ends: weft describe ${policyWord(policy)}`,
    'retry-budget': `what holds there: weft effective ${oneLine(to)}`,
    'no-route': asked,
    'no-backend': asked,
    'no-healthy-upstream': `its instances: weft get workloads -A`,
    'upstream-connect': 'its instances: weft get workloads -A    its proxies: weft proxies',
    'upstream-tls': 'certificates: weft proxies -o wide',
  };
  const step = steps[cause] ?? '';
  return step === '' ? [] : [`next: ${step}`];
}

/** `checkout.shop` of `shop/checkout`: as an application would call it. */
const callable = (service: string): string => oneLine(service.split('/').reverse().join('.'));

const policyWord = (policy: string): string => {
  const [kind = '', name = ''] = oneLine(policy).split(' ');
  return `${kind.toLowerCase()}/${name.split('/')[1] ?? ''} -n ${name.split('/')[0] ?? ''}`;
};
