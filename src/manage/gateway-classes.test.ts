// The class that is there without a document, as kubectl and weft read it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';

const CLASSES = '/apis/gateway.networking.k8s.io/v1/gatewayclasses';
let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(async () => api[Symbol.asyncDispose]());

interface ClassBody {
  readonly spec: { readonly controllerName: string; readonly description: string };
  readonly status: { readonly conditions: readonly object[]; readonly supportedFeatures: readonly object[] };
}

const classOf = async (name: string) => (await api.call('GET', `${CLASSES}/${name}`)).body as unknown as ClassBody;
const names = async (query = '') => (await api.call('GET', `${CLASSES}${query}`)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);

test('the built-in class is listed as accepted, with what its gateways can, and gives way to a document of its name', async () => {
  const found = await classOf('weft');
  expect(found.spec.controllerName).toBe('weft.dev/controller');
  expect(found.status.conditions[0]).toMatchObject({ type: 'Accepted', status: 'True' });
  expect(found.status.supportedFeatures).toContainEqual({ name: 'HTTPRoute' });
  expect(await names()).toEqual(['weft']);
  const body = (name: string, description: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name },
    spec: { controllerName: 'weft.dev/controller', description },
  });
  expect((await api.call('POST', CLASSES, { body: body('another', 'of a team') })).status).toBe(201);
  expect(await names()).toEqual(['another', 'weft']);
  expect((await api.call('POST', CLASSES, { body: body('weft', 'mine') })).status).toBe(201);
  expect(await names()).toEqual(['another', 'weft']);
  expect((await classOf('weft')).spec.description).toBe('mine');
  expect(await names('?fieldSelector=metadata.name%3Dweft')).toEqual(['weft']);
});
