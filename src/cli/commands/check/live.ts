// What a running control plane says, with what only the caller can see: that it answers, and how its clock and version compare.
import { type FindingsView, SECTIONS } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';
import type { ControlPlaneStatus } from '../status/view.ts';
import { type Finding, finding, type Line, type Section } from './line.ts';

const OFF_MS = 2000;

/** By how much the control plane's clock is ahead, at least: what may be the way there and back is taken off. */
export function clockOffset({ asked, answered, theirs }: { readonly asked: number; readonly answered: number; readonly theirs: number }): number {
  if (theirs > answered) return theirs - answered;
  return theirs < asked ? theirs - asked : 0;
}

function clockLine(offsetMs: number): Line {
  const words = 'this machine’s clock agrees with the control plane’s';
  const off = Math.abs(offsetMs) <= OFF_MS;
  const text = `the control plane’s clock is ${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
  return { id: 'clock', words, skipped: '', findings: off ? [] : [finding('WEFT2362', text, { next: 'timedatectl set-ntp true' })] };
}

function versionLine(mine: string, theirs: string): Line {
  const words = 'this command and the control plane are of one version';
  const text = `this is weft ${mine}, the control plane is ${theirs}`;
  return { id: 'version', words, skipped: '', findings: mine === theirs ? [] : [finding('WEFT2397', text, { next: 'weft version' })] };
}

const ownLines = (
  url: string,
  { version, now }: ControlPlaneStatus,
  at: { readonly asked: number; readonly answered: number; readonly mine: string },
): readonly Line[] => [
  { id: 'reachable', words: `reachable at ${url}, weft ${version}`, skipped: '', findings: [] },
  clockLine(now === undefined ? 0 : clockOffset({ ...at, theirs: now })),
  versionLine(at.mine, version),
];

const findingOf = ({ id: _, section: __, check: ___, ...rest }: FindingsView['items'][number]): Finding => rest;

/** Sections in their order; those without a line are left out. */
export function sectionsOf(view: FindingsView, own: readonly Line[]): readonly Section[] {
  return SECTIONS.map((name): Section => {
    const theirs = view.checks
      .filter(({ section }) => section === name)
      .map(({ id, words, skipped }) => ({ id, words, skipped, findings: view.items.filter(({ check }) => check === id).map(findingOf) }));
    return { name, lines: name === 'control plane' ? [...own, ...theirs] : theirs };
  }).filter(({ lines }) => lines.length > 0);
}

/** Throws CommandError 69 when there is no control plane. */
export async function liveSections(invocation: Invocation): Promise<readonly Section[]> {
  const { io, flags, actions } = invocation;
  const client = new Client(invocation);
  const { url } = await invocation.session();
  const only = flags.namespace === undefined ? '' : `?namespace=${encodeURIComponent(flags.namespace)}`;
  const asked = io.now();
  const status = (await client.weft('status')) as ControlPlaneStatus;
  const own = ownLines(url, status, { asked, answered: io.now(), mine: actions.version });
  return sectionsOf((await client.ask('GET', `/weft/v1/findings${only}`)) as FindingsView, own);
}
