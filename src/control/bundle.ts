import { BUNDLE_SECRET, CALLERS_SECRET, emitBundle, emitTrust, SYSTEM_BUNDLE_SECRET } from '../compile/index.ts';
import type { Resource } from '../envoy/index.ts';
import { contentVersion } from './compiler.ts';
import type { ControlPorts } from './ports.ts';
import type { ProxyState } from './proxy-state.ts';

/**
 * The trust anchors as resources that all proxies share: those of this mesh, for whom a proxy calls; those and the anchors of peers, each for its own
 * domain, for who calls it; what this system trusts, for servers outside.
 */
export class Bundle {
  readonly #ports: Pick<ControlPorts, 'issuer' | 'peers'>;
  #own: Resource;
  #callers: Resource;
  readonly #system: Resource | undefined;
  readonly #off: readonly (() => void)[];

  /** `changed` is told after a resource has changed. */
  constructor(ports: Pick<ControlPorts, 'issuer' | 'peers' | 'systemBundle'>, changed: () => void) {
    this.#ports = ports;
    const { issuer, peers, systemBundle = '' } = ports;
    this.#system = systemBundle === '' ? undefined : emitBundle(systemBundle, contentVersion, SYSTEM_BUNDLE_SECRET);
    this.#own = this.#trust(BUNDLE_SECRET, new Map());
    this.#callers = this.#trust(CALLERS_SECRET, peers?.bundles() ?? new Map());
    const look = (): void => {
      if (this.#renew()) changed();
    };
    this.#off = [issuer.onBundle(look), peers?.onChange(look) ?? (() => undefined)];
  }

  /** Those with this mesh's anchors in them. */
  get resources(): readonly Resource[] {
    return [this.#own, this.#callers];
  }

  /** Puts the present bundles, and what the system trusts, into a proxy's snapshot. */
  giveTo(state: ProxyState): void {
    if (state.secret(BUNDLE_SECRET) !== this.#own) state.setSecret(BUNDLE_SECRET, this.#own);
    if (state.secret(CALLERS_SECRET) !== this.#callers) state.setSecret(CALLERS_SECRET, this.#callers);
    // Only a proxy that calls something outside with TLS asks for it.
    if (this.#system !== undefined && state.secret(SYSTEM_BUNDLE_SECRET) !== this.#system) state.setSecret(SYSTEM_BUNDLE_SECRET, this.#system);
  }

  close(): void {
    for (const off of this.#off) off();
  }

  #renew(): boolean {
    const own = this.#trust(BUNDLE_SECRET, new Map());
    const callers = this.#trust(CALLERS_SECRET, this.#ports.peers?.bundles() ?? new Map());
    if (own.version === this.#own.version && callers.version === this.#callers.version) return false;
    if (own.version !== this.#own.version) this.#own = own;
    if (callers.version !== this.#callers.version) this.#callers = callers;
    return true;
  }

  /** A peer never speaks for this mesh's own domain, whatever its document says. */
  #trust(name: string, peers: ReadonlyMap<string, string>): Resource {
    const { issuer } = this.#ports;
    if (issuer.trustDomain === undefined) return emitBundle(issuer.bundle(), contentVersion, name);
    return emitTrust(new Map([...peers, [issuer.trustDomain, issuer.bundle()]]), contentVersion, name);
  }
}
