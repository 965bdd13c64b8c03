// Virtual addresses: every service has one, no two have the same, and the outcome depends only on which services there are, not on
// the order in which they came. A service wishes for its spec.clusterIP, then for a row of addresses made from its key; an address
// prefers a service that claims it, then the older one, then the first by name. Deferred acceptance (Gale and Shapley) of these
// wishes has one outcome for every order. Collisions are rare (2^28 addresses), so nearly every service gets its first wish.
import { byCodeUnit } from '../base/index.ts';
import type { AddressOwner } from './external.ts';
import type { Claim } from './mesh.ts';
import { type MeshDraft, withKey, withoutKey } from './mesh-draft.ts';

const FIRST = 0xf0000000; // 240.0.0.0/4
const RANGE = 0x0fffffff - 1; // neither 240.0.0.0 nor 255.255.255.255

function hash(text: string): number {
  let value = 0x811c9dc5; // FNV-1a, and the finalizer of MurmurHash3 because similar names must not get similar addresses
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The `attempt`th address in 240.0.0.0/4 that a service of this key would take if it were free. The same on every machine. */
export function addressFor(key: string, attempt: number): string {
  const value = FIRST + 1 + (hash(attempt === 0 ? key : `${key}#${attempt}`) % RANGE);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

function wish(key: AddressOwner, claim: Claim, index: number): string {
  if (claim.address === undefined) return addressFor(key, index);
  return index === 0 ? claim.address : addressFor(key, index - 1);
}

/** Whether `address` would rather belong to `a` than to `b`. A service without creation time is about to be made: the youngest. */
function prefers(address: string, a: readonly [AddressOwner, Claim], b: readonly [AddressOwner, Claim]): boolean {
  const claims = Number(b[1].address === address) - Number(a[1].address === address);
  return (claims || byCodeUnit(a[1].createdAt || '~', b[1].createdAt || '~') || byCodeUnit(a[0], b[0])) < 0;
}

/** Gives the service an address; others may have to move for it. Their keys, and its own, are in `draft.moved` afterwards. */
export function takeAddress(draft: MeshDraft, key: AddressOwner, claim: Claim): void {
  draft.claims.set(key, claim);
  let asking = key;
  let asker = claim;
  for (let index = 0; ; index++) {
    const address = wish(asking, asker, index);
    const owner = draft.addresses.get(address);
    const ownerClaim = owner === undefined ? undefined : draft.claims.get(owner);
    if (owner !== undefined && ownerClaim !== undefined && !prefers(address, [asking, asker], [owner, ownerClaim])) continue;
    settle(draft, asking, address, index);
    if (owner === undefined || ownerClaim === undefined) return;
    asking = owner;
    asker = ownerClaim;
    index = wishIndex(owner, ownerClaim, address); // goes on behind the address it has just lost
  }
}

function wishIndex(key: AddressOwner, claim: Claim, address: string): number {
  let index = 0;
  while (wish(key, claim, index) !== address) index++;
  return index;
}

function settle(draft: MeshDraft, key: AddressOwner, address: string, index: number): void {
  draft.addresses.set(address, key);
  draft.assigned.set(key, address);
  draft.displaced = index === 0 ? withoutKey(draft.displaced, key) : withKey(draft.displaced, key);
  draft.moved.add(key);
}

/** Frees the address of a service; those that had to make way for somebody choose again. */
export function releaseAddress(draft: MeshDraft, key: AddressOwner): void {
  const waiting = withoutKey(draft.displaced, key);
  draft.displaced = [];
  for (const each of [key, ...waiting]) {
    const address = draft.assigned.get(each);
    if (address !== undefined) draft.addresses.delete(address);
  }
  draft.assigned.delete(key);
  draft.claims.delete(key);
  for (const each of waiting) {
    const claim = draft.claims.get(each);
    if (claim !== undefined) takeAddress(draft, each, claim);
  }
}
