// What a pod's annotations say of its proxy. One table: reading, checking and the documentation (docs/kubernetes.md) are of it.
import { err, ok, type Result } from '../base/index.ts';
import { isIpv4, isIpv6, nearest } from '../model/index.ts';
import { CAPTURE, CLUSTER_DOMAIN, INJECT, INJECTED, LEFT_ALONE, NODE_PROBES, PROXY, REVISION } from './names.ts';

export interface Knobs {
  readonly excludeInboundPorts?: readonly number[];
  readonly excludeOutboundPorts?: readonly number[];
  readonly excludeOutboundCidrs?: readonly string[];
  readonly names?: 'services' | 'mesh' | 'all' | 'none';
  readonly cpu?: string;
  readonly memory?: string;
  readonly cpuLimit?: string;
  readonly memoryLimit?: string;
  readonly logLevel?: string;
  readonly concurrency?: number;
  readonly drainSeconds?: number;
  readonly rewriteProbes?: boolean;
}

interface Knob {
  readonly field: keyof Knobs;
  /** An example, as in the table of the documentation. */
  readonly example: string;
  readonly words: string;
  /** The value, or what it should have been. */
  readonly read: (text: string) => Result<unknown, string>;
}

const MOST_ITEMS = 64;

function items(text: string, one: (word: string) => Result<unknown, string>): Result<unknown, string> {
  const words = text.split(',').map((word) => word.trim());
  if (words.length > MOST_ITEMS) return err(`at most ${MOST_ITEMS} of them, separated by commas`);
  const each = words.map(one);
  const wrong = each.find((result) => !result.ok);
  return wrong ?? ok([...new Set(each.flatMap((result) => (result.ok ? [result.value] : [])))]);
}

function whole(text: string, least: number, most: number): Result<number, string> {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? ok(value) : err(`a whole number from ${least} to ${most}, not "${text}"`);
}

const ports = (text: string): Result<unknown, string> => items(text, (word) => whole(word, 1, 65_535));

/** A network, or one address. */
function cidr(text: string): Result<string, string> {
  const [address = '', bits, ...more] = text.split('/');
  const most = isIpv4(address) ? 32 : isIpv6(address) ? 128 : -1;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : 999;
  if (most < 0 || more.length > 0 || length > most) return err(`networks like 10.0.0.0/8, separated by commas, not "${text}"`);
  return ok(`${address}/${length}`);
}

/** A quantity of Kubernetes (resource.Quantity) that is more than nothing. */
function quantity(text: string): Result<string, string> {
  const [, number] = /^(\d{1,12}(?:\.\d{1,9})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text) ?? [];
  return number !== undefined && Number(number) > 0 ? ok(text) : err(`a quantity of Kubernetes like 100m or 64Mi, not "${text}"`);
}

const among =
  <T>(words: Readonly<Record<string, T>>) =>
  (text: string): Result<T, string> =>
    Object.hasOwn(words, text) ? ok(words[text] as T) : err(`one of ${Object.keys(words).join(', ')}, not "${text}"`);

const LEVELS = Object.fromEntries(['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'].map((level) => [level, level]));

/** By annotation. */
export const KNOBS: Readonly<Record<string, Knob>> = {
  'weft.dev/exclude-inbound-ports': {
    field: 'excludeInboundPorts',
    example: '9090,9091',
    words: 'Ports of the application that are reached without the proxy: in plaintext, with no policy',
    read: ports,
  },
  'weft.dev/exclude-outbound-ports': {
    field: 'excludeOutboundPorts',
    example: '3306',
    words: 'Destination ports that the application calls without the proxy',
    read: ports,
  },
  'weft.dev/exclude-outbound-cidrs': {
    field: 'excludeOutboundCidrs',
    example: '169.254.169.254/32',
    words: 'Destinations that the application calls without the proxy',
    read: (text) => items(text, cidr),
  },
  'weft.dev/names': {
    field: 'names',
    example: 'all',
    words:
      'Which questions for names the proxy answers: `mesh` (those in .mesh; as without this, unless the installation says otherwise), `services` (of Services, too, beside the cluster’s DNS), `all` (the others as well, so that ExternalServices are called by name), `none`',
    read: among({ services: 'services', mesh: 'mesh', all: 'all', none: 'none' }),
  },
  'weft.dev/rewrite-probes': {
    field: 'rewriteProbes',
    example: 'disabled',
    words: 'With `disabled` the probes stay as they are written; under strict mutual TLS they then fail, except on excluded ports',
    read: among({ enabled: true, disabled: false }),
  },
  'weft.dev/drain-seconds': {
    field: 'drainSeconds',
    example: '15',
    words: 'How long the application goes on serving when the pod is to end, so that callers have heard of it; 0: not at all',
    read: (text) => whole(text, 0, 3600),
  },
  'weft.dev/proxy-cpu': { field: 'cpu', example: '100m', words: 'What the proxy asks for of a processor', read: quantity },
  'weft.dev/proxy-memory': { field: 'memory', example: '128Mi', words: 'What the proxy asks for of memory', read: quantity },
  'weft.dev/proxy-cpu-limit': { field: 'cpuLimit', example: '2', words: 'How much of a processor the proxy may have', read: quantity },
  'weft.dev/proxy-memory-limit': {
    field: 'memoryLimit',
    example: '1Gi',
    words: 'How much memory the proxy may have; near it, it refuses requests rather than be killed',
    read: quantity,
  },
  'weft.dev/proxy-log-level': {
    field: 'logLevel',
    example: 'debug',
    words: 'What Envoy logs: trace, debug, info, warning, error, critical or off',
    read: among(LEVELS),
  },
  'weft.dev/proxy-concurrency': { field: 'concurrency', example: '4', words: 'Worker threads of Envoy', read: (text) => whole(text, 1, 128) },
};

/** Annotations that something else than this table reads or writes. */
const OTHERS: readonly string[] = [
  INJECT,
  REVISION,
  PROXY,
  CAPTURE,
  CLUSTER_DOMAIN,
  NODE_PROBES,
  INJECTED,
  LEFT_ALONE,
  'weft.dev/source',
  'weft.dev/source-map',
  'weft.dev/restarted-at',
];

export type KnobProblem =
  | { readonly kind: 'bad'; readonly annotation: string; readonly words: string }
  | { readonly kind: 'unknown'; readonly annotation: string; readonly meant: string | undefined };

/** What the annotations say, and what of them says nothing. */
export function readKnobs(annotations: Readonly<Record<string, string>>): { readonly knobs: Knobs; readonly problems: readonly KnobProblem[] } {
  const problems: KnobProblem[] = [];
  const read: Record<string, unknown> = {};
  for (const [annotation, text] of Object.entries(annotations)) {
    if (!annotation.startsWith('weft.dev/') || OTHERS.includes(annotation)) continue;
    const knob = Object.hasOwn(KNOBS, annotation) ? KNOBS[annotation] : undefined;
    if (knob === undefined) {
      problems.push({ kind: 'unknown', annotation, meant: nearest(annotation, [...Object.keys(KNOBS), INJECT, REVISION]) });
      continue;
    }
    const result = knob.read(text.trim());
    if (result.ok) read[knob.field] = result.value;
    else problems.push({ kind: 'bad', annotation, words: `expected ${result.error}` });
  }
  return { knobs: read as Knobs, problems };
}
