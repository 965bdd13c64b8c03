import { expect, test } from 'vitest';
import { nextEvents, openTestApi, ROUTES, routeBody, SERVICES, serviceBody, type WatchEvent } from '../../test/kit/manage-api.ts';

const short = ({ type, object }: WatchEvent): string => `${type} ${object.metadata?.name ?? object.code ?? ''}`.trim();
const merge = 'application/merge-patch+json';

test('a watch without a revision begins with what there is; with one, with what came after', async () => {
  await using api = await openTestApi();
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  const { body: list } = await api.call('GET', SERVICES);
  const whole = await api.watch(`${SERVICES}?watch=1`);
  const since = await api.watch(`${SERVICES}?watch=true&resourceVersion=${list.metadata.resourceVersion}`);
  await api.call('POST', ROUTES, { body: routeBody('unrelated') });
  await api.call('PATCH', `${SERVICES}/a`, { body: { metadata: { labels: { x: 'y' } } }, type: merge });
  await api.call('DELETE', `${SERVICES}/a`);
  expect((await nextEvents(whole.events, 3)).map(short)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  const events = await nextEvents(since.events, 2);
  expect(events.map(short)).toEqual(['MODIFIED a', 'DELETED a']);
  expect(events[1]?.object.metadata.resourceVersion).toBe(String(api.store.revision));
});

test('a label selector turns a change of labels into coming and going', async () => {
  await using api = await openTestApi();
  const watch = await api.watch(`${SERVICES}?watch=1&labelSelector=tier%3Dfront`);
  const label = (tier: string | null): Promise<unknown> => api.call('PATCH', `${SERVICES}/a`, { body: { metadata: { labels: { tier } } }, type: merge });
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  await label('front');
  await api.call('PATCH', `${SERVICES}/a`, { body: { spec: { selector: { app: 'x' } } }, type: merge });
  await label('back');
  await label(null);
  await label('front');
  expect((await nextEvents(watch.events, 4)).map(short)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a']);
});

test('one document by name, as a table', async () => {
  await using api = await openTestApi();
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  await api.call('POST', SERVICES, { body: serviceBody('b') });
  const watch = await api.watch(`${SERVICES}?watch=1&fieldSelector=metadata.name%3Db`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const [event] = await nextEvents(watch.events, 1);
  expect(event).toMatchObject({
    type: 'ADDED',
    object: { kind: 'Table', rows: [{ cells: ['b', expect.anything(), '80', '<none>', '<none>', 'app=b', expect.anything()] }] },
  });
});

test('history that is gone ends the stream with 410', async () => {
  await using api = await openTestApi({ historyLimit: 4 });
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  for (let n = 0; n < 12; n++) await api.call('PATCH', `${SERVICES}/a`, { body: { metadata: { labels: { n: String(n) } } }, type: merge });
  const watch = await api.watch(`${SERVICES}?watch=1&resourceVersion=1`);
  const [event, end] = await nextEvents(watch.events, 2);
  expect([event?.type, event?.object.code, event?.object.reason]).toEqual(['ERROR', 410, 'Expired']);
  expect(end).toBeUndefined();
});

test('initial events end with a bookmark when they are asked for', async () => {
  await using api = await openTestApi();
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  const watch = await api.watch(`${SERVICES}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`);
  const events = await nextEvents(watch.events, 2);
  expect(events[1]).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Service', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } });
});

test('ends after its timeout, when the client goes, and when the server closes', async () => {
  const api = await openTestApi();
  const timed = await api.watch(`${SERVICES}?watch=1&timeoutSeconds=1`);
  expect((await timed.events.next()).done).toBe(true);
  const left = await api.watch(`${SERVICES}?watch=1`);
  left.end();
  const open = await api.watch(`${SERVICES}?watch=1`);
  await api.call('POST', SERVICES, { body: serviceBody('a') });
  expect((await nextEvents(open.events, 1)).map(short)).toEqual(['ADDED a']);
  await api[Symbol.asyncDispose]();
  expect((await open.events.next()).done).toBe(true);
});

test('what cannot be read is refused before the stream begins', async () => {
  await using api = await openTestApi();
  expect((await api.call('GET', `${SERVICES}?watch=1&resourceVersion=soon`)).status).toBe(400);
  expect((await api.call('GET', `${SERVICES}?watch=1&labelSelector=%3D`)).status).toBe(400);
});
