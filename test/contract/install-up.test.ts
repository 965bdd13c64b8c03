// What `weft install` writes into a Deployment, `weft up` understands: no value of an installation is lost on the way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { type Actions, main, type UpRequest } from '../../src/cli/index.ts';
import { manifests, readValues } from '../../src/install/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-install-up-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = (): never => expect.fail('not here');

interface Deployment {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } } };
}

/** The control plane's arguments for these values, with a data folder of this machine. */
function argumentsFor(value: unknown): readonly string[] {
  const values = readValues([{ from: 'test', value }]);
  if (!values.ok) throw new Error(JSON.stringify(values.error));
  const found = manifests({ values: values.value, version: '1.2.3' }).find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
  return (found.spec.template.spec.containers[0]?.args ?? []).map((each) => (each.startsWith('--data=') ? `--data=${folder}` : each));
}

/** What `weft up` is asked for. */
async function asked(words: readonly string[]): Promise<UpRequest> {
  const said: string[] = [];
  const got: UpRequest[] = [];
  const up: Actions['up'] = async (request) => {
    got.push(request);
    return 0;
  };
  const actions: Actions = {
    version: '1.2.3',
    weft: ['weft'],
    up,
    run: nothing,
    agent: nothing,
    restore: nothing,
    seal: { status: nothing, rekey: nothing, newKey: nothing },
  };
  const say = (text: string): void => void said.push(text);
  const env = { HOME: folder, POD_NAMESPACE: 'weft-system' };
  const io = {
    out: say,
    err: say,
    stdin: Readable.from([]),
    env,
    cwd: folder,
    terminal: false,
    columns: 100,
    signal: new AbortController().signal,
    now: () => 0,
  };
  expect(await main([...words], io, actions), said.join('')).toBe(0);
  const [request] = got;
  return request ?? expect.fail('weft up was not asked');
}

test('images, amounts and places of an installation reach its proxies', async () => {
  const { kubernetes, xds } = await asked(
    argumentsFor({
      revision: 'canary',
      images: { pullPolicy: 'Never', proxy: { repository: 'registry.example/proxy', tag: 'x' } },
      proxy: { pullSecrets: ['registry'], resources: { requests: { cpu: '70m', memory: '128Mi' }, limits: { memory: '1Gi' } } },
      gateways: { provision: ['edge'] },
      webhooks: { clientAuthority: 'api-servers', clientNames: ['kube-apiserver'] },
    }),
  );
  expect(xds).toEqual({ host: '0.0.0.0', port: 15012 });
  expect(kubernetes).toMatchObject({
    revision: 'canary',
    webhooks: {
      port: 9443,
      revision: 'canary',
      proxyImage: 'registry.example/proxy:x',
      imagePullPolicy: 'Never',
      pullSecrets: ['registry'],
      clientCa: '/etc/weft/webhook-clients/ca.crt',
      clientNames: ['kube-apiserver'],
      resources: { requests: { cpu: '70m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    },
    gateways: { namespaces: ['edge'], pullSecrets: ['registry'], proxyImage: 'registry.example/proxy:x', imagePullPolicy: 'Never' },
  });
});

test('without any value they are the defaults', async () => {
  const { kubernetes } = await asked(argumentsFor({}));
  expect(kubernetes).toMatchObject({ webhooks: { imagePullPolicy: 'IfNotPresent' }, gateways: { imagePullPolicy: 'IfNotPresent' } });
  expect(kubernetes?.gateways.namespaces).toBeUndefined();
});
