// What a sign-in needs of the mesh around it: where the provider is, a way to its token endpoint, and the secrets. Without any of them nobody is let in.
import { decodeUtf8 } from '../../envoy/index.ts';
import { type Document, type DocumentKey, fromBase64, type Mesh, makeDocumentKey, type Policy, type ServiceKey } from '../../model/index.ts';
import { type Contribution, OIDC_POLICY, type ProviderEndpoints, type SecretPlace, type SignInPlan, signInFilter, signInPlan } from '../../policy/index.ts';
import { UNRESOLVED_CLUSTER } from './names.ts';
import { keysSource } from './token-keys.ts';

/** Least bytes of what cookies are sealed with. */
const LEAST_COOKIE_BYTES = 32;

export interface Obstacle {
  readonly code: 'WEFT2170' | 'WEFT2171' | 'WEFT2172';
  /** Field of the policy. */
  readonly path: string;
  readonly why: string;
}

/** What a provider has said of itself, kept under the name of the policy. */
export function discoveredKey(policy: string): DocumentKey {
  const [namespace = '', name = ''] = policy.split('/');
  return makeDocumentKey('weft.dev', 'DiscoveredProvider', namespace, name);
}

type Discovered = Partial<ProviderEndpoints> & { readonly issuer?: string; readonly problem?: string };

/** Where a provider is asked: as the policy says, or as the provider itself did. */
export function endpointsOf(mesh: Pick<Mesh, 'documents'>, { policy, issuer, provider }: SignInPlan): ProviderEndpoints | Obstacle {
  if (provider !== undefined) return provider;
  const found = mesh.documents.get(discoveredKey(policy))?.spec as Discovered | undefined;
  const known = found?.issuer === issuer ? found : undefined;
  const { authorizationEndpoint, tokenEndpoint, endSessionEndpoint, problem } = known ?? {};
  if (authorizationEndpoint !== undefined && tokenEndpoint !== undefined)
    return { authorizationEndpoint, tokenEndpoint, ...(endSessionEndpoint === undefined ? {} : { endSessionEndpoint }) };
  return { code: 'WEFT2171', path: 'spec.issuer', why: problem ?? `${issuer} has not been asked yet` };
}

/** The base64 under a key of a Secret; undefined when there is none. */
function valueAt(mesh: Pick<Mesh, 'documents'>, { namespace, name, key }: SecretPlace): string | undefined {
  const document: Document | undefined = mesh.documents.get(makeDocumentKey('', 'Secret', namespace, name));
  return (document?.spec['data'] as Readonly<Record<string, string>> | undefined)?.[key];
}

/** The text of a Secret; undefined when there is none, or when it is no text. */
export function secretText(mesh: Pick<Mesh, 'documents'>, place: SecretPlace): string | undefined {
  const value = valueAt(mesh, place);
  const bytes = value === undefined ? undefined : fromBase64(value);
  const text = bytes === undefined ? undefined : decodeUtf8(bytes).replace(/\r?\n$/, '');
  return text === undefined || text.includes('\0') || text.includes('\ufffd') ? undefined : text;
}

function secretObstacle(
  mesh: Pick<Mesh, 'documents'>,
  place: SecretPlace,
  { path, least }: { readonly path: string; readonly least: number },
): Obstacle | undefined {
  const text = secretText(mesh, place);
  const words = `Secret ${place.namespace}/${place.name}`;
  const obstacle = (why: string): Obstacle => ({ code: 'WEFT2170', path, why });
  if (mesh.documents.get(makeDocumentKey('', 'Secret', place.namespace, place.name)) === undefined) return obstacle(`${words} does not exist`);
  if (text === undefined || text === '') return obstacle(`${words} has no text under "${place.key}"`);
  return text.length < least ? obstacle(`what ${words} has under "${place.key}" is shorter than ${least} bytes`) : undefined;
}

/** Everything that stands against a sign-in. */
export function obstaclesOf(mesh: Mesh, plan: SignInPlan): readonly Obstacle[] {
  const secrets = [
    secretObstacle(mesh, plan.clientSecret, { path: 'spec.clientSecretRef', least: 1 }),
    secretObstacle(mesh, plan.cookieSecret, { path: 'spec.cookieSecretRef', least: LEAST_COOKIE_BYTES }),
  ].filter((each) => each !== undefined);
  const endpoints = endpointsOf(mesh, plan);
  if ('code' in endpoints) return [...secrets, endpoints];
  const source = keysSource(mesh, endpoints.tokenEndpoint);
  const path = plan.provider === undefined ? 'spec.issuer' : 'spec.provider.tokenEndpoint';
  return 'why' in source ? [...secrets, { code: 'WEFT2172', path, why: source.why }] : secrets;
}

/** Where the token endpoint of a policy is served; undefined when nobody does, or it is not known where it is. */
export function tokenServiceOf(mesh: Mesh, policy: Policy): ServiceKey | undefined {
  const endpoints = policy.kind === OIDC_POLICY ? endpointsOf(mesh, signInPlan(policy)) : undefined;
  if (endpoints === undefined || 'code' in endpoints) return undefined;
  const source = keysSource(mesh, endpoints.tokenEndpoint);
  return 'service' in source ? source.service : undefined;
}

/** What a sign-in comes to in this mesh, as text: different where the filter would be. Secrets go by name, so that a new value changes no route. */
export function signInText(mesh: Mesh, plan: SignInPlan, clusterAt: (uri: string) => string): string {
  const endpoints = endpointsOf(mesh, plan);
  return JSON.stringify([obstaclesOf(mesh, plan).length > 0, endpoints, 'code' in endpoints ? '' : clusterAt(endpoints.tokenEndpoint)]);
}

type SignIn = Extract<Contribution, { kind: 'sign-in' }>;

/** The filter that signs in, or that nobody is let in. `clusterAt` says by which cluster an address is called. */
export function withSignIn(mesh: Mesh, each: SignIn, clusterAt: (uri: string) => string): readonly Contribution[] {
  const endpoints = endpointsOf(mesh, each.plan);
  const cluster = 'code' in endpoints ? UNRESOLVED_CLUSTER : clusterAt(endpoints.tokenEndpoint);
  if ('code' in endpoints || cluster === UNRESOLVED_CLUSTER || obstaclesOf(mesh, each.plan).length > 0)
    return [each, { kind: 'closed', cause: 'sign-in-unavailable', origin: each.origin }];
  const config = signInFilter(each.plan, { endpoints, cluster });
  return [each, { kind: 'http-filter', filter: 'weft.oauth2', config, origin: each.origin }];
}

const SIGN_INS = new WeakMap<Mesh['policies'], readonly Policy[]>();

/** Every OIDCPolicy; found once per set of policies. */
export function signIns({ policies }: Pick<Mesh, 'policies'>): readonly Policy[] {
  const known = SIGN_INS.get(policies);
  if (known !== undefined) return known;
  const found = [...policies.values()].filter(({ kind }) => kind === OIDC_POLICY);
  SIGN_INS.set(policies, found);
  return found;
}

/** Those that refer to a Secret. */
export function signInsWith(mesh: Pick<Mesh, 'policies'>, secret: DocumentKey): readonly Policy[] {
  return signIns(mesh).filter((policy) => {
    const { clientSecret, cookieSecret } = signInPlan(policy);
    return [clientSecret, cookieSecret].some(({ namespace, name }) => makeDocumentKey('', 'Secret', namespace, name) === secret);
  });
}
