import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, expect, test } from 'vitest';
import { StreamAccessLogsMessageSchema } from '#gen/envoy/service/accesslog/v3/als_pb.js';
import { recordsLog } from '../envoy/index.ts';
import { Records } from './records.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const CLAIMS = { proxy: 'shop/lab-1', workload: 'shop/lab-1', id: 'spiffe://example.mesh/ns/shop/sa/lab', expiresAt: 0 };

function open(place: (folder: string) => string, logged: string[] = []): Records {
  const folder = mkdtempSync(join(tmpdir(), 'weft-records-'));
  folders.push(folder);
  return Records.open({
    file: place(folder),
    budgetBytes: 64 * 1024 * 1024,
    keepMs: 86_400_000,
    senderOf: ({ proxy, id }) => ({ proxy, identity: id, service: 'shop/lab', ports: {}, revision: 1 }),
    log: (level, message) => void logged.push(`${level} ${message}`),
  });
}

/** A message of one request; `path` as bytes of its own, whatever they are. */
function message(id: string, path: Uint8Array = new TextEncoder().encode('/x')): Uint8Array {
  const marker = 'p'.repeat(path.byteLength);
  const logEntry = [{ commonProperties: {}, request: { requestId: id, path: marker }, response: { responseCode: 503, responseCodeDetails: 'own' } }];
  const bytes = Buffer.from(
    toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, { logEntries: { case: 'httpLogs', value: { logEntry } } })),
  );
  bytes.set(path, bytes.indexOf(marker));
  return bytes;
}

const INBOUND = recordsLog('inbound');

test('what was taken is found, in a thread of its own; text that is no UTF-8 costs nothing', async () => {
  await using records = open((folder) => join(folder, 'telemetry.db'));
  records.take(INBOUND, CLAIMS, message('first-1'));
  records.take(INBOUND, CLAIMS, message('second-1', new Uint8Array([0x2f, 0xff, 0xfe, 0x1b, 0x5b])));
  const { items, lost } = await records.find({ limit: 10 });
  expect(items.map(({ request, path, source, destination }) => [request, path, source, destination])).toEqual([
    ['first-1', '/x', '', CLAIMS.id],
    ['second-1', '/\ufffd\ufffd\ufffd[', '', CLAIMS.id],
  ]);
  expect(Object.values(lost)).toEqual([0, 0, 0, 0, 0]);
});

test('ids: one that is whole is that one, a beginning is all that begin so', async () => {
  await using records = open((folder) => join(folder, 'telemetry.db'));
  for (const id of ['abcd', 'abcd-1', 'abcd-2', 'abcd-2']) records.take(INBOUND, CLAIMS, message(id));
  const found = async (id: string) => (await records.requests(id)).map(({ request, records: all }) => [request, all.length]);
  expect(await found('abcd')).toEqual([['abcd', 1]]);
  expect(await found('abcd-')).toEqual([
    ['abcd-1', 1],
    ['abcd-2', 2],
  ]);
});

test('a message that is too large is counted, not read', async () => {
  await using records = open((folder) => join(folder, 'telemetry.db'));
  records.take(INBOUND, CLAIMS, new Uint8Array(1024 * 1024));
  expect((await records.kept()).lost.tooLarge).toBe(1);
});

test('no place to keep anything: records are lost and counted, and whoever asks is told', async () => {
  const logged: string[] = [];
  await using records = open((folder) => {
    writeFileSync(join(folder, 'taken'), '');
    return join(folder, 'taken', 'telemetry.db');
  }, logged);
  await expect(records.find({ limit: 1 })).rejects.toThrow('records cannot be read at the moment');
  records.take(INBOUND, CLAIMS, message('lost'));
  expect(logged).toEqual(['error keeping records failed; it is begun again']);
});
