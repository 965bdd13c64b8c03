import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStoreOptions } from '../../src/store/index.ts';
import { storeContract } from './store.ts';

storeContract({
  name: 'sqlite',
  async open({ clock, historyLimit }) {
    const folder = mkdtempSync(join(tmpdir(), 'weft-store-'));
    const options: SqliteStoreOptions = { file: join(folder, 'weft.db'), clock, ...(historyLimit === undefined ? {} : { historyLimit }) };
    let store = openSqliteStore(options);
    return {
      get store() {
        return store;
      },
      async reopen() {
        await store[Symbol.asyncDispose]();
        store = openSqliteStore(options);
        return store;
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});
