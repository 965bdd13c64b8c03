// S-18: whatever stands in documents of somebody else, no command lets it move the cursor, colour the terminal or turn text around.
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CommandModule } from '../../src/cli/command.ts';
import { findCommand } from '../../src/cli/commands/index.ts';
import { type Actions, main } from '../../src/cli/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

let world: CliWorld;

/** Clears the screen by two bytes and by one (C1), sets a title, rings, turns the line around. */
const HOSTILE = 'a\u001b[2J\u009b31m\u001b]0;x\u0007\u202eb\u2066c\u007f';
const quoted = JSON.stringify(HOSTILE);

const DOCUMENTS = `
apiVersion: v1
kind: Service
metadata: { name: hostile, namespace: shop, annotations: { note: ${quoted} } }
spec: { selector: { app: hostile }, ports: [{ name: http, port: 80, appProtocol: http }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: hostile, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: hostile }]
  rules:
    - matches: [{ headers: [{ name: x-a, value: ${quoted} }] }]
      backendRefs: [{ name: hostile, port: 80 }]
---
apiVersion: weft.dev/v1alpha1
kind: RequestAuthenticationPolicy
metadata: { name: hostile, namespace: shop, annotations: { ${quoted}: ${quoted} } }
spec:
  targetRefs: [{ kind: Service, name: hostile }]
  issuers:
    - issuer: ${quoted}
      audiences: [${quoted}]
      keys: { inline: '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"p","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}' }
---
apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: hostile, namespace: shop }
spec:
  targetRefs: [{ kind: Service, name: hostile }]
  action: ALLOW
  rules: [{ when: [{ key: "request.headers[x-a]", values: [${quoted}] }] }]
---
apiVersion: weft.dev/v1alpha1
kind: FaultPolicy
metadata: { name: hostile, namespace: shop }
spec:
  targetRefs: [{ kind: Service, name: hostile }]
  for: 1h
  faults: [{ match: { headers: [{ name: x-a, value: ${quoted} }] }, abort: { status: 418 } }]
`;

const commandOf = (name: string): Promise<CommandModule> => findCommand(name)?.load() ?? expect.fail(name);

beforeAll(async () => {
  world = await openCliWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const KINDS = ['services', 'httproutes', 'requestauthenticationpolicies', 'authorizationpolicies', 'faultpolicies'];
/** Everything that does something to a terminal, or turns text around, but line ends. */
const CONTROL = /(?!\n)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** What a terminal is sent, colours left out. */
async function seen(argv: readonly string[]): Promise<string> {
  let text = '';
  const say = (more: string): void => {
    text += more;
  };
  const io = {
    ...{ out: say, err: say, stdin: Readable.from([]), cwd: world.directory, terminal: true, columns: 120 },
    ...{ env: { ...world.env, NO_COLOR: '1' }, signal: AbortSignal.timeout(30_000), now: () => world.now },
  };
  await main([...argv, '-n', 'shop'], io, {} as Actions);
  return text;
}

it('S-18 documents of somebody else, and words that do not fit, in every form of what shows them', async () => {
  expect(await world.run(await commandOf('apply'), ['-f', world.file('hostile.yaml', DOCUMENTS)], { namespace: 'shop' })).toMatch(/^exit 0/);
  await world.join('hostile');
  const asked = [
    ...KINDS.map((kind) => ['get', kind, '-o', 'yaml']),
    ...KINDS.map((kind) => ['describe', `${kind}/hostile`]),
    ...[
      ['get', 'jwt'],
      ['get', 'jwt', '-o', 'wide'],
      ['get', 'jwt', '-o', 'json'],
      ['proxy-config', 'routes', 'shop/hostile', '-o', 'yaml'],
    ],
    ...[
      ['effective', 'hostile'],
      ['explain', '--from', 'shop/hostile', '--to', 'hostile'],
      ['changes', '-o', 'yaml'],
    ],
    ...[['diff', '-f', world.file('other.yaml', DOCUMENTS.replaceAll('x-a', 'x-b'))], ['get', HOSTILE], [HOSTILE], ['docs', HOSTILE]],
  ];
  const wrong: (readonly string[])[] = [];
  let shown = 0;
  for (const argv of asked) {
    const text = await seen(argv);
    if (CONTROL.test(text) || text === '') wrong.push(argv);
    if (text.includes('\\u009b')) shown++;
  }
  expect(wrong).toEqual([]);
  // The values themselves are shown: by their numbers.
  expect(shown).toBeGreaterThan(10);
});
