// With what the image of the proxy is pulled. Secrets are named, never copied: whoever runs a namespace puts them there, as for images of his own.
import { textAt } from './json.ts';
import { type Pod, withSpec } from './pod.ts';

const FIELD = 'imagePullSecrets';
const listOf = (pod: Pod): readonly unknown[] => {
  const found = pod.spec?.[FIELD];
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
};

/** Names these beside the pod's own; `pulls` are those that it did not name itself. */
export function withPulls(pod: Pod, names: readonly string[]): { readonly pod: Pod; readonly pulls: readonly string[] } {
  const own = listOf(pod);
  const pulls = names.filter((name) => !own.some((each) => textAt(each, 'name') === name));
  return pulls.length === 0 ? { pod, pulls } : { pod: withSpec(pod, FIELD, [...own, ...pulls.map((name) => ({ name }))]), pulls };
}

/** Takes them away again. */
export function withoutPulls(pod: Pod, pulls: readonly string[] = []): Pod {
  if (pulls.length === 0) return pod;
  const left = listOf(pod).filter((each) => !pulls.includes(textAt(each, 'name')));
  return withSpec(pod, FIELD, left.length === 0 ? undefined : left);
}
