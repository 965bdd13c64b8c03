// Before and after the suite `bed`: a cluster, and our images in it. Nothing where nobody said where one is: the tests say loudly that they skip.
import { hasBed, isUp, loadImages, script } from './bed.ts';

export default function setup(): (() => void) | undefined {
  if (!hasBed) return undefined;
  const ours = !isUp();
  if (ours) script('up.sh');
  try {
    loadImages();
  } catch (error) {
    if (ours) script('down.sh', '-w');
    throw error;
  }
  return ours ? () => script('down.sh', '-w') : undefined;
}
