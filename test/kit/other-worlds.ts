// Worlds of other shapes than those by chance, with other laws of time: for what was learned of worlds by chance, judged where nothing was learned.
import type { ServiceScript, World } from './trace-simulator.ts';

const leafs: Readonly<Record<string, ServiceScript>> = {
  store: { workers: 6, failing: 0.01, operations: { get: [{ wait: 1_800 }], put: [{ wait: 3_000 }] } },
  cache: { workers: 4, operations: { get: [{ work: 180 }] } },
};

/** Six services in a row, each of which looks into a store of its own mind. */
const chain: World = {
  name: 'chain',
  times: 'exponential',
  clockUs: 1,
  perSecond: 90,
  entries: { 'a/go': 3, 'a/look': 1 },
  services: {
    ...leafs,
    a: { workers: 3, operations: { go: [{ work: 200 }, { call: 'b/go' }, { work: 200 }], look: [{ work: 300 }, { call: 'cache/get' }, { work: 200 }] } },
    b: { workers: 2, operations: { go: [{ work: 250 }, { call: 'cache/get' }, { work: 150 }, { call: 'c/go' }, { work: 150 }] } },
    c: { workers: 2, operations: { go: [{ work: 200 }, { call: 'd/go' }, { work: 150 }, { call: 'store/put', share: 0.5 }, { work: 150 }] } },
    d: { workers: 2, operations: { go: [{ work: 200 }, { call: 'store/get', most: 2 }, { work: 150 }, { call: 'e/go', share: 0.7 }, { work: 200 }] } },
    e: { workers: 1, operations: { go: [{ work: 300 }, { call: 'store/get' }, { work: 300 }] } },
  },
};

/** One that asks six at once and then one more; those ask a cache, and sometimes a store. */
const star: World = {
  name: 'star',
  times: 'two humps',
  clockUs: 1,
  perSecond: 70,
  entries: { 'hub/page': 1 },
  services: {
    ...leafs,
    hub: {
      workers: 4,
      operations: {
        page: [
          { work: 400 },
          { together: [1, 2, 3, 4, 5, 6].map((n) => [{ call: `leaf${n}/get`, share: n > 4 ? 0.6 : 1 }]) },
          { work: 200 },
          { call: 'store/put' },
          { work: 200 },
        ],
      },
    },
    ...Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((n) => [
        `leaf${n}`,
        { workers: 2, operations: { get: [{ work: 150 + 60 * n }, { call: 'cache/get' }, { work: 120 }, { call: 'store/get', share: 0.35 }, { work: 200 }] } },
      ]),
    ),
  },
};

/** Lists that are gone through one by one, tried again, and work that goes on; on one thread, in whole milliseconds. */
const lists: World = {
  name: 'lists',
  times: 'steady',
  clockUs: 1_000,
  perSecond: 14,
  entries: { 'front/list': 3, 'front/one': 4 },
  services: {
    ...leafs,
    front: {
      workers: 1,
      operations: {
        list: [{ work: 2_000 }, { call: 'items/read', most: 4 }, { work: 1_500 }],
        one: [{ work: 1_500 }, { call: 'items/read', retries: 1 }, { work: 1_000 }, { call: 'audit/write', forget: true }, { work: 1_000 }],
      },
    },
    items: { workers: 1, failing: 0.02, operations: { read: [{ work: 1_200 }, { call: 'store/get', most: 2 }, { work: 1_000 }] } },
    audit: { workers: 1, operations: { write: [{ work: 1_000 }, { call: 'store/put' }, { work: 1_000 }] } },
  },
};

/** Two ways to the same services, with times as in the other worlds. */
const diamond: World = {
  name: 'diamond',
  clockUs: 1,
  perSecond: 110,
  entries: { 'top/left': 2, 'top/right': 2, 'top/both': 1 },
  services: {
    ...leafs,
    top: {
      workers: 3,
      polls: { call: 'bottom/get', perSecond: 2 },
      operations: {
        left: [{ work: 300 }, { call: 'west/get' }, { work: 250 }],
        right: [{ work: 300 }, { call: 'east/get' }, { work: 250 }],
        both: [{ work: 300 }, { call: 'west/get' }, { work: 150 }, { call: 'east/get' }, { work: 250 }],
      },
    },
    west: { workers: 2, operations: { get: [{ work: 250 }, { call: 'bottom/get' }, { work: 150 }, { call: 'cache/get', share: 0.5 }, { work: 200 }] } },
    east: { workers: 2, failing: 0.01, operations: { get: [{ work: 350 }, { together: [[{ call: 'bottom/get' }], [{ call: 'cache/get' }]] }, { work: 250 }] } },
    bottom: { workers: 2, operations: { get: [{ work: 200 }, { call: 'store/get', share: 0.6, most: 2 }, { work: 200 }] } },
  },
};

export const OTHER_WORLDS: readonly World[] = [chain, star, lists, diamond];
