// What the hall measures of the rooms that it joins: the store's commits, the authority's signatures.
import { Histogram } from '../../base/index.ts';
import type { Issuer } from '../../control/index.ts';
import { Collections } from './process.ts';
import { WebhookMeters } from './webhook-meters.ts';

const COMMITS_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 5000];
const SIGNED_MS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 500, 1000, 5000, 10_000];

export interface OwnMeters extends Disposable {
  readonly commits: Histogram;
  readonly signed: Histogram;
  readonly unsigned: { count: number };
  readonly collections: Collections;
  readonly webhooks: WebhookMeters;
}

export function openMeters(): OwnMeters {
  const collections = Collections.open();
  return {
    commits: new Histogram(COMMITS_MS),
    signed: new Histogram(SIGNED_MS),
    unsigned: { count: 0 },
    collections,
    webhooks: new WebhookMeters(),
    [Symbol.dispose]: () => collections[Symbol.dispose](),
  };
}

/** The issuer, with every certificate timed, waiting included. */
export function timed(issuer: Issuer, { signed, unsigned }: OwnMeters, monotonic: () => number): Issuer {
  const issue: Issuer['issue'] = async (id, workload) => {
    const began = monotonic();
    try {
      const leaf = await issuer.issue(id, workload);
      signed.observe(monotonic() - began);
      return leaf;
    } catch (error) {
      unsigned.count++;
      throw error;
    }
  };
  return Object.create(issuer, { issue: { value: issue } }) as Issuer;
}
