// Requests as they happen, added up by who asks whom for what.
import type { TapRequest } from '../../../api/index.ts';

export interface TopLine {
  readonly source: string;
  readonly destination: string;
  readonly method: string;
  readonly path: string;
  readonly count: number;
  readonly failures: number;
  readonly bestUs: number;
  readonly worstUs: number;
  readonly lastUs: number;
}

type Mutable = { -readonly [K in keyof TopLine]: TopLine[K] };

/** Lines at most; the quietest go first. */
const MOST = 2000;
const NUMBER = /^\d+$|^[0-9a-f]{8}-[0-9a-f-]{27}$|^(?=.*\d)[0-9a-f]{12,}$/i;
/** UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS */
const GRPC_FAILED = new Set(['2', '4', '13', '14', '15']);

/** Without its query, ids as `{*}`. */
export function shape(path: string): string {
  const plain = path.split(/[?#]/, 1)[0] ?? '';
  return plain
    .split('/')
    .map((segment) => (NUMBER.test(segment) ? '{*}' : segment))
    .join('/');
}

const accountOf = (principal: string): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal)?.slice(1).join('/') ?? '';

export class TopTally {
  readonly #lines = new Map<string, Mutable>();
  count = 0;

  add(request: TapRequest, paths: boolean): void {
    const source = request.source.workload || accountOf(request.source.principal) || request.source.address || 'unknown';
    const destination = request.destination.service || request.authority || 'unknown';
    const path = paths ? request.path : shape(request.path);
    const key = JSON.stringify([source, destination, request.method, path]);
    const line = this.#lines.get(key) ?? {
      source,
      destination,
      method: request.method,
      path,
      count: 0,
      failures: 0,
      bestUs: Number.POSITIVE_INFINITY,
      worstUs: 0,
      lastUs: 0,
    };
    this.#lines.set(key, line);
    this.count++;
    line.count++;
    if (request.status >= 500 || request.status === 0 || GRPC_FAILED.has(request.grpcStatus)) line.failures++;
    line.bestUs = Math.min(line.bestUs, request.durationUs);
    line.worstUs = Math.max(line.worstUs, request.durationUs);
    line.lastUs = request.durationUs;
    if (this.#lines.size > MOST) this.#shrink();
  }

  #shrink(): void {
    const quiet = [...this.#lines].sort(([, a], [, b]) => a.count - b.count).slice(0, MOST / 4);
    for (const [key] of quiet) this.#lines.delete(key);
  }

  /** The busiest first. */
  lines(most: number): readonly TopLine[] {
    return [...this.#lines.values()].sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1)).slice(0, most);
  }
}
