import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { realClock } from '../../test/contract/store-kit.ts';
import type { AuditVerdict } from './audit.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const facts = (n: number) => ({ who: 'ann', verb: 'issue', what: `token ${n}`, namespace: '', result: 'done' });

/** Ten records, then what somebody does to the file, then the verdict. */
async function after(name: string, tamper: (database: DatabaseSync) => void): Promise<AuditVerdict> {
  const file = join(folder, `${name}.db`);
  await using store = openSqliteStore({ file, clock: realClock });
  for (let n = 1; n <= 10; n++) await store.record([facts(n)]);
  await store[Symbol.asyncDispose]();
  const database = new DatabaseSync(file);
  tamper(database);
  database.close();
  await using again = openSqliteStore({ file, clock: realClock });
  return again.verifyAudit();
}

const unlocked = (statements: string) => (database: DatabaseSync) => database.exec(`DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept; ${statements}`);

describe('the chain', () => {
  test('holds when nobody did anything, and over a restart', async () => {
    expect(await after('whole', () => undefined)).toMatchObject({ ok: true, records: 10, first: 1, head: { seq: 10 } });
  });

  test.each([
    ['changed', "UPDATE audit SET json = replace(json, 'token 5', 'token 6') WHERE seq = 5", 5, 'its content is not what its hash says'],
    ['unreadable', "UPDATE audit SET json = 'nothing' WHERE seq = 5", 5, 'it does not follow'],
    ['removed', 'DELETE FROM audit WHERE seq = 5', 6, 'record 5 is missing'],
    ['cut at the end', 'DELETE FROM audit WHERE seq > 7', 7, 'the last record should be number 10'],
    ['cut at the beginning', 'DELETE FROM audit WHERE seq < 4', 4, 'no rotation says so'],
    [
      'swapped',
      'UPDATE audit SET seq = 100 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = 100',
      5,
      'it does not follow',
    ],
    ['emptied', 'DELETE FROM audit', 0, 'the last record should be number 10'],
  ])('a record that was %s is found', async (what, statements, at, why) => {
    expect(await after(what.replaceAll(' ', '-'), unlocked(statements))).toMatchObject({ ok: false, at, why: expect.stringContaining(why) });
  });

  test('the table itself refuses changes and removals', async () => {
    const refusals: unknown[] = [];
    await after('locked', (database) => {
      for (const statement of ["UPDATE audit SET json = ''", 'DELETE FROM audit WHERE seq = 3']) {
        try {
          database.exec(statement);
        } catch (error) {
          refusals.push((error as Error).message);
        }
      }
    });
    expect(refusals).toEqual(['the audit log is only added to', 'the audit log is only added to']);
  });
});

test('the log has a size: the older half is let go, a record says so, and the chain holds', async () => {
  const file = join(folder, 'rotated.db');
  const store = openSqliteStore({ file, clock: realClock, auditKept: 20 });
  for (let n = 1; n <= 70; n++) await store.record([facts(n)]);
  const verdict = store.verifyAudit();
  expect(verdict).toMatchObject({ ok: true });
  expect(verdict.records).toBeLessThanOrEqual(21);
  expect(store.auditRecords({ limit: 500 }).some(({ verb, who }) => verb === 'rotate' && who === 'weft')).toBe(true);
  await store[Symbol.asyncDispose]();
  const database = new DatabaseSync(file);
  unlocked('DELETE FROM audit WHERE seq = (SELECT min(seq) FROM audit)')(database);
  database.close();
  await using again = openSqliteStore({ file, clock: realClock, auditKept: 20 });
  expect(again.verifyAudit()).toMatchObject({ ok: false, why: expect.stringContaining('no rotation says so') });
});
