import { X509Certificate } from 'node:crypto';
import type { CaView, ProxyView } from '../../../api/index.ts';
import type { ControlPlaneStatus } from '../status/view.ts';

/** One thing that was looked at. */
export interface Mark {
  readonly level: 'ok' | 'warning' | 'error';
  readonly text: string;
}

const DAY_MS = 86_400_000;
/** A root is replaced slowly: every machine must have heard of the new one. */
const ROOT_SOON_DAYS = 90;
const ISSUER_SOON_DAYS = 30;
const CERTIFICATE_SOON_MS = 3_600_000;

/** That it answered at all is the first thing to say of a control plane. */
export function planeMarks({ version, rootPem }: ControlPlaneStatus, now: number): readonly Mark[] {
  const days = Math.floor((new X509Certificate(rootPem).validToDate.getTime() - now) / DAY_MS);
  const root: Mark =
    days < ROOT_SOON_DAYS ? { level: days < 0 ? 'error' : 'warning', text: `root valid ${days} days only` } : { level: 'ok', text: 'root valid' };
  return [{ level: 'ok', text: `reachable, weft ${version}` }, root];
}

/** What an authority has ahead of it that a person must see to: an issuer that nobody here can renew, a change of roots that waits. */
export function authorityMarks(ca: CaView | undefined, now: number): readonly Mark[] {
  const marks: Mark[] = [];
  for (const { state, key, issuerNotAfter } of ca?.roots ?? []) {
    const days = Math.floor((issuerNotAfter - now) / DAY_MS);
    if (state !== 'issuing' || key === 'here' || issuerNotAfter === 0 || days >= ISSUER_SOON_DAYS) continue;
    marks.push({ level: days < 0 ? 'error' : 'warning', text: `issuer valid ${days} days only, and the root’s key is not here → weft ca show` });
  }
  const { rotation } = ca ?? {};
  const waits = rotation?.stragglers.filter(({ skipped }) => !skipped).length ?? 0;
  if (rotation !== undefined)
    marks.push({
      level: waits > 0 || rotation.paused ? 'warning' : 'ok',
      text: `root is being changed, step ${rotation.step} of 4${waits > 0 ? `, waits for ${waits}` : ''} → weft ca show`,
    });
  return marks;
}

/** How the proxies are: refusing is an error, not yet in sync or about to lose their certificate a warning. */
export function proxyMarks(proxies: readonly ProxyView[]): readonly Mark[] {
  if (proxies.length === 0) return [{ level: 'ok', text: 'no proxies yet' }];
  const of = (sync: ProxyView['sync']): number => proxies.filter((proxy) => proxy.sync === sync).length;
  const refused = of('refused');
  const waiting = of('pending');
  const gone = of('disconnected');
  return [
    ...(of('in sync') > 0 ? [{ level: 'ok', text: `${of('in sync')} of ${proxies.length} proxies in sync` } as const] : []),
    ...(waiting > 0 ? [{ level: 'warning', text: `${waiting} pending` } as const] : []),
    ...(gone > 0 ? [{ level: 'warning', text: `${gone} not connected → weft proxies` } as const] : []),
    ...(refused > 0 ? [{ level: 'error', text: `${refused} refusing configuration → weft proxies` } as const] : []),
  ];
}

/** Connected proxies whose certificate ends soon although it should have been renewed. */
export function lateCertificates(proxies: readonly ProxyView[], now: number): readonly ProxyView[] {
  return proxies.filter((proxy) => proxy.connected && proxy.certificateNotAfter > 0 && proxy.certificateNotAfter - now < CERTIFICATE_SOON_MS);
}
