// Three worlds of differing shape, after the applications with which tracing without headers is usually measured.
import type { World } from './trace-simulator.ts';

/** A page of hotels: a sequence of calls, one of which asks two at once; short work between long calls; a cache in front of profiles. */
const hotel: World = {
  name: 'hotel',
  clockUs: 1,
  perSecond: 120,
  entries: { 'frontend/search': 6, 'frontend/recommend': 3, 'frontend/reserve': 1 },
  services: {
    frontend: {
      workers: 4,
      operations: {
        search: [{ work: 350 }, { call: 'search/nearby' }, { work: 150 }, { call: 'reservation/check' }, { work: 150 }, { call: 'profile/get' }, { work: 300 }],
        recommend: [{ work: 350 }, { call: 'recommendation/get' }, { work: 150 }, { call: 'profile/get' }, { work: 250 }],
        reserve: [{ work: 350 }, { call: 'user/check', retries: 1 }, { work: 200 }, { call: 'reservation/make' }, { work: 200 }],
      },
    },
    search: { workers: 2, operations: { nearby: [{ work: 200 }, { call: 'geo/nearby' }, { work: 120 }, { call: 'rate/get' }, { work: 200 }] } },
    geo: { workers: 2, operations: { nearby: [{ work: 1_500 }] } },
    rate: { workers: 2, operations: { get: [{ work: 150 }, { call: 'cache/get' }, { work: 100 }, { call: 'store/rates', share: 0.3 }, { work: 200 }] } },
    reservation: {
      workers: 2,
      operations: {
        check: [{ work: 200 }, { call: 'cache/get' }, { work: 100 }, { call: 'store/rooms', share: 0.4, most: 2 }, { work: 250 }],
        make: [{ work: 300 }, { call: 'store/rooms' }, { work: 100 }, { call: 'store/book', retries: 1 }, { work: 200 }],
      },
    },
    profile: {
      workers: 2,
      operations: { get: [{ work: 150 }, { call: 'cache/get', most: 2 }, { work: 100 }, { call: 'store/profiles', share: 0.3 }, { work: 250 }] },
    },
    recommendation: { workers: 2, operations: { get: [{ work: 2_500 }] } },
    user: { workers: 1, failing: 0.03, operations: { check: [{ work: 900 }] } },
    cache: { workers: 4, operations: { get: [{ work: 150, spread: 0.4 }] } },
    store: {
      workers: 4,
      failing: 0.01,
      operations: { rates: [{ wait: 1_200 }], rooms: [{ wait: 1_600 }], profiles: [{ wait: 1_400 }], book: [{ wait: 2_600 }] },
    },
  },
};

/** Five services on one thread each, timed in whole milliseconds. */
const node: World = {
  name: 'node',
  clockUs: 1_000,
  perSecond: 20,
  entries: { 'gateway/order': 5, 'gateway/list': 5 },
  services: {
    gateway: {
      workers: 1,
      operations: {
        order: [{ work: 1_500 }, { call: 'users/check' }, { work: 1_000 }, { call: 'orders/make' }, { work: 1_000 }],
        list: [{ work: 1_500 }, { together: [[{ call: 'users/check' }], [{ call: 'orders/list' }]] }, { work: 1_500 }],
      },
    },
    users: { workers: 1, operations: { check: [{ work: 1_000 }, { call: 'store/get', share: 0.8 }, { work: 800 }] } },
    orders: {
      workers: 1,
      operations: {
        make: [{ work: 1_200 }, { call: 'stock/take', most: 2 }, { work: 800 }, { call: 'store/put', retries: 1 }, { work: 800 }],
        list: [{ work: 1_000 }, { call: 'store/get', most: 3 }, { work: 1_000 }],
      },
    },
    stock: { workers: 1, operations: { take: [{ work: 800 }, { call: 'store/put', retries: 1 }, { work: 600 }] } },
    store: { workers: 8, failing: 0.01, operations: { get: [{ wait: 3_000 }], put: [{ wait: 5_000 }] } },
  },
};

/** Eleven roles and two stores: operations that share callees, calls at once, caches, repeats, retries, work that goes on after the answer, and polling. */
const media: World = {
  name: 'media',
  clockUs: 1,
  perSecond: 80,
  entries: { 'web/compose': 4, 'web/page': 4, 'web/browse': 2 },
  services: {
    web: {
      workers: 4,
      polls: { call: 'movie-info/list', perSecond: 1 },
      operations: {
        compose: [
          { work: 500 },
          { together: [[{ call: 'user/check' }], [{ call: 'text/parse' }], [{ call: 'movie-id/find' }], [{ work: 200 }, { call: 'unique-id/next' }]] },
          { work: 300 },
          { call: 'compose-review/store', retries: 1 },
          { work: 300 },
        ],
        page: [
          { work: 400 },
          { call: 'movie-info/get' },
          { work: 200 },
          { together: [[{ call: 'cast/get' }], [{ call: 'text/plot', share: 0.6 }], [{ call: 'movie-review/read' }]] },
          { work: 500 },
        ],
        browse: [{ work: 400 }, { call: 'user/check', share: 0.5 }, { work: 200 }, { call: 'movie-info/list' }, { work: 400 }],
      },
    },
    user: {
      workers: 2,
      operations: { check: [{ work: 300 }, { call: 'cache/get' }, { work: 120 }, { call: 'store/get', share: 0.3, retries: 1 }, { work: 300 }] },
    },
    text: {
      workers: 2,
      operations: { parse: [{ work: 600 }, { call: 'rating/judge', share: 0.7 }, { work: 300 }], plot: [{ work: 250 }, { call: 'store/get' }, { work: 250 }] },
    },
    rating: { workers: 2, operations: { judge: [{ work: 400 }, { call: 'cache/get' }, { work: 300 }] } },
    'movie-id': { workers: 2, operations: { find: [{ work: 250 }, { call: 'cache/get' }, { work: 120 }, { call: 'store/get', share: 0.4 }, { work: 200 }] } },
    'unique-id': { workers: 1, operations: { next: [{ work: 200 }] } },
    'movie-info': {
      workers: 2,
      operations: {
        get: [{ work: 300 }, { call: 'cache/get' }, { work: 100 }, { call: 'store/get', share: 0.3 }, { work: 250 }],
        list: [{ work: 400 }, { call: 'store/scan' }, { work: 150 }, { call: 'cache/get', most: 3 }, { work: 300 }],
      },
    },
    cast: { workers: 2, operations: { get: [{ work: 250 }, { call: 'cache/get', most: 3 }, { work: 250 }] } },
    'compose-review': {
      workers: 2,
      operations: {
        store: [
          { work: 300 },
          { call: 'review-store/put', retries: 1 },
          { work: 150 },
          { together: [[{ call: 'user-review/add' }], [{ call: 'movie-review/add' }]] },
          { call: 'rating/judge', share: 0.3, forget: true },
          { work: 250 },
        ],
      },
    },
    'review-store': {
      workers: 2,
      operations: {
        put: [{ work: 250 }, { call: 'store/put', retries: 1 }, { work: 200 }],
        read: [{ work: 250 }, { call: 'cache/get', most: 2 }, { work: 100 }, { call: 'store/get', share: 0.4 }, { work: 250 }],
      },
    },
    'user-review': { workers: 2, operations: { add: [{ work: 200 }, { call: 'store/put' }, { work: 120 }, { call: 'cache/put' }, { work: 150 }] } },
    'movie-review': {
      workers: 2,
      operations: {
        add: [{ work: 200 }, { call: 'store/put' }, { work: 120 }, { call: 'cache/put' }, { work: 150 }],
        read: [{ work: 250 }, { call: 'cache/get' }, { work: 100 }, { call: 'review-store/read' }, { work: 250 }],
      },
    },
    cache: { workers: 4, operations: { get: [{ work: 150, spread: 0.4 }], put: [{ work: 180, spread: 0.4 }] } },
    store: { workers: 6, failing: 0.01, operations: { get: [{ wait: 1_500 }], put: [{ wait: 2_500 }], scan: [{ wait: 3_500 }] } },
  },
};

export const TRACE_WORLDS: readonly World[] = [hotel, node, media];
