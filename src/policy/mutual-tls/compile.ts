import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { readerOf } from '../read.ts';
import type { TlsMode } from './schema.ts';

interface Mode {
  readonly mode: TlsMode;
  /** The field that says it. */
  readonly path: 'mode' | 'ports';
}

/** What holds at a port of an application. */
export function tlsModeOf(effective: Effective, port: number): Mode {
  const read = readerOf(effective);
  const own = read.list<{ readonly port: number; readonly mode: TlsMode }>('ports').find((each) => each.port === port);
  if (own !== undefined && !isOver(effective)) return { mode: own.mode, path: 'ports' };
  return { mode: (read.text('mode') || 'Strict') as TlsMode, path: 'mode' };
}

/** A document that is more specific than the one with the ports says how all of them are. */
function isOver({ fields, policies }: Effective): boolean {
  const [mode, ports] = [fields.get('mode')?.from.policy, fields.get('ports')?.from.policy];
  return mode !== undefined && ports !== undefined && mode !== ports && policies.indexOf(mode) > policies.indexOf(ports);
}

/** The port that a site where requests arrive is about: `inbound:8080`. */
export function portOfSite({ name }: Pick<Site, 'name'>): number {
  return Number(name.slice(name.indexOf(':') + 1));
}

/** How connections to the port must be. Nothing where only the default holds. */
export function compileMutualTls(effective: Effective, site: Site): readonly Contribution[] {
  if (effective.policies.length === 0) return [];
  const { mode, path } = tlsModeOf(effective, portOfSite(site));
  return [{ kind: 'mutual-tls', mode, origin: readerOf(effective).origin(path) }];
}
