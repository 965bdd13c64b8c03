import { type Choice, chooseCapture } from '../../../../machine/index.ts';
import { finding, type Line } from '../line.ts';

const TRANSPARENT = new Set(['netns', 'pasta', 'relay']);

const better = ({ instead }: Choice): string => instead.map(({ mode, why }) => `${mode}: ${why.join(', ')}`).join('; ');

/** Which way of capture works here; what would be better, and why it cannot work. */
export async function captureLine(choose: () => Promise<Choice> = () => chooseCapture()): Promise<Line> {
  const choice = await choose();
  const { mode } = choice.way;
  const words = `traffic of workloads is captured (${mode}${choice.instead.length === 0 ? '' : `; not ${choice.instead.map((each) => each.mode).join(', ')}`})`;
  if (TRANSPARENT.has(mode)) return { id: 'capture', words, skipped: '', findings: [] };
  const text = `only explicit capture works here: applications are told where the proxy is (HTTP_PROXY) and may go around it; ${better(choice)}`;
  return {
    id: 'capture',
    words: 'traffic of workloads is captured',
    skipped: '',
    findings: [finding('WEFT2390', text, { next: 'apt install passt nftables iproute2' })],
  };
}
