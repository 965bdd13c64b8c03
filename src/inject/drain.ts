// An application that ends at once when it is told to would be asked by those who have not heard of it yet. It is told later: kubelet's own
// sleep before the signal (Pod lifecycle, `sleep`; Kubernetes 1.30) needs no program in the container. The proxy ends last, as sidecars do.
import { type Fields, fieldsAt, isFields, numberAt, textAt, withField } from './json.ts';
import { containersOf, mapList, type Pod, withSpec } from './pod.ts';
import type { Before } from './record.ts';

const DEFAULT_GRACE = 30;

/** Lets containers without a preStop of their own go on for some seconds, and gives the pod that much longer to end. */
export function withDrain(pod: Pod, seconds: number): { readonly pod: Pod; readonly before: Pick<Before, 'grace' | 'slept'> } {
  const grace = numberAt(pod.spec, 'terminationGracePeriodSeconds');
  // A pod that is to end at once has said so.
  const waits = (container: Fields): boolean => !isFields(fieldsAt(container, 'lifecycle')['preStop']);
  const slept = containersOf(pod)
    .filter(waits)
    .map((container) => textAt(container, 'name'));
  if (seconds === 0 || grace === 0 || slept.length === 0) return { pod, before: { slept: [] } };
  const sleeping = mapList(pod, 'containers', (container) =>
    waits(container) ? withField(container, 'lifecycle', { ...fieldsAt(container, 'lifecycle'), preStop: { sleep: { seconds } } }) : container,
  );
  return { pod: withSpec(sleeping, 'terminationGracePeriodSeconds', (grace ?? DEFAULT_GRACE) + seconds), before: { slept, grace: grace ?? null } };
}

/** Takes the sleeps and the longer time away again. */
export function withoutDrain(pod: Pod, { slept, grace }: Pick<Before, 'grace' | 'slept'>): Pod {
  const awake = mapList(pod, 'containers', (container) => {
    const lifecycle = fieldsAt(container, 'lifecycle');
    if (!slept.includes(textAt(container, 'name')) || !isFields(fieldsAt(lifecycle, 'preStop')['sleep'])) return container;
    const rest = withField(lifecycle, 'preStop', undefined);
    return withField(container, 'lifecycle', Object.keys(rest).length === 0 ? undefined : rest);
  });
  return grace === undefined ? awake : withSpec(awake, 'terminationGracePeriodSeconds', grace ?? undefined);
}
