// The certificate authority and the control plane joined: what proxies have is told to the rotator, what it decides is shown to users.
import type { CaRootView, CaView, RehearsalView, RotationRequest, RotationView, StragglerView } from '../api/index.ts';
import type { ControlPlane, HoldingStore, Machines } from '../control/index.ts';
import { type Authority, type Rotator, reasonWords, type Standing, type Straggler, type SuppliedText } from '../identity/index.ts';
import type { CaDesk } from '../manage/index.ts';
import type { ProxyId } from '../model/index.ts';
import type { Store } from '../store/index.ts';

const HOLDINGS = 'certificates';
const MACHINE = 'weft run';

/** Which certificates are out, as small durable values of the store. */
export function holdingStore(store: Store): HoldingStore {
  return {
    load: () => new Map([...store.listValues(HOLDINGS)].map(([proxy, text]) => [proxy as ProxyId, JSON.parse(text)])),
    save: (proxy, held) => store.putValue(HOLDINGS, proxy, held === undefined ? undefined : JSON.stringify(held)),
  };
}

/**
 * What the rotator is told of proxies. A machine counts as reaching the control plane when it has said which roots it has stored; a workload
 * that nobody keeps a lease for (written by hand) has no machine to ask.
 */
export function standingsOf(plane: ControlPlane, machines: Pick<Machines, 'trusts' | 'leased'>, roots: readonly string[]): readonly Standing[] {
  return plane.trustStandings().map(({ workload, ...standing }) => {
    const stored = machines.trusts(workload);
    const reaches = stored === undefined ? !machines.leased(workload) : roots.every((root) => stored.includes(root));
    return { ...standing, reaches };
  });
}

const WORDS: Readonly<Record<RotationView['phase'], string>> = {
  trusting: 'every proxy trusts both roots',
  issuing: 'every proxy has a certificate of the new root',
  dropping: 'no proxy trusts the old root',
  cycling: 'connections from before are ended',
};
const PHASES = Object.keys(WORDS);

const stragglerView =
  (skipped: readonly string[]) =>
  (straggler: Straggler): StragglerView => {
    const { proxy, connected, until } = straggler;
    return { proxy, reason: reasonWords(straggler).replace('`weft run`', MACHINE), connected, until, skipped: skipped.includes(proxy) };
  };

function rotationView(rotator: Rotator): RotationView | undefined {
  const progress = rotator.progress();
  if (progress === undefined) return undefined;
  const { rotation, found, total } = progress;
  const { from, to, phase, startedAt, phaseSince, paused, undoing, skipped } = rotation;
  const stages = { step: PHASES.indexOf(phase) + 1, phase, words: WORDS[phase] };
  return { from, to, ...stages, startedAt, phaseSince, paused, undoing, done: total - found.length, total, stragglers: found.map(stragglerView(skipped)) };
}

function rootViews(authority: Authority): readonly CaRootView[] {
  const trusted = authority.fingerprints;
  const present = authority.anchors.map(({ name, fingerprint, root, rootKey, signing }): CaRootView => {
    const state = name === authority.issuing ? 'issuing' : trusted.includes(fingerprint) ? 'trusted' : 'dropped';
    const issuerNotAfter = signing.certificate === root ? 0 : signing.certificate.validToDate.getTime();
    const times = { notBefore: root.validFromDate.getTime(), notAfter: root.validToDate.getTime() };
    return {
      name,
      fingerprint,
      subject: (root.subject ?? '').replaceAll('\n', ', '),
      ...times,
      state,
      key: rootKey === undefined ? 'elsewhere' : 'here',
      issuerNotAfter,
    };
  });
  const gone = authority.state.retired.map(
    ({ name, fingerprint, notAfter }): CaRootView => ({
      name,
      fingerprint,
      subject: '',
      notBefore: 0,
      notAfter,
      state: 'dropped',
      key: 'elsewhere',
      issuerNotAfter: 0,
    }),
  );
  return [...gone, ...present];
}

/** `leafLifetimeMs`: what certificates are issued for now. */
export function caDesk(authority: Authority, rotator: Rotator, leafLifetimeMs: () => number): CaDesk {
  const view = (): CaView => {
    const rotation = rotationView(rotator);
    return {
      trustDomain: authority.trustDomain,
      roots: rootViews(authority),
      leafLifetimeMs: leafLifetimeMs(),
      ...(rotation === undefined ? {} : { rotation }),
    };
  };
  const then = async (act: () => Promise<void>): Promise<CaView> => {
    await act();
    return view();
  };
  return {
    view,
    rotate: async (request) =>
      request.dryRun === true ? { ...view(), rehearsal: rehearsalOf(rotator) } : then(() => rotator.start({ ...wishes(request), ...suppliedOf(request) })),
    pause: () => then(() => rotator.pause()),
    resume: (request) => then(() => rotator.resume(wishes(request))),
    undo: () => then(() => rotator.undo()),
  };
}

const wishes = ({ skip = [], force = false }: RotationRequest) => ({ skip, force });

function suppliedOf({ chainPem, keyPem }: RotationRequest): { readonly supplied?: SuppliedText } {
  return chainPem === undefined || keyPem === undefined ? {} : { supplied: { chainPem, keyPem } };
}

/** Of those that are away the last certificate to end says how long a rotation waits for them by itself. */
function rehearsalOf(rotator: Rotator): RehearsalView {
  const { connected, found, now } = rotator.rehearse();
  const views = found.map(stragglerView([]));
  const away = views.filter((view) => !view.connected && view.until > 0);
  // the bundle of now is what they have; whether they take the next one is what the first step finds out
  const blocked = views.filter((view) => !away.includes(view));
  return { connected, away, blocked, longestMs: Math.max(0, ...away.map(({ until }) => until - now)) };
}
