/** A value that Envoy would refuse. `path` uses Envoy's field names: `filter_chains[0].filters[1].typed_config.stat_prefix`. */
export interface Violation {
  readonly path: string;
  readonly rule: string;
}

export type Found = { path: string; readonly rule: string }[];

/** Looks at one value and reports what is wrong with it, with paths relative to that value. */
export type Check = (value: unknown, found: Found) => void;

/** Runs a check and puts `segment` in front of what it reports. Costs nothing when all is well: paths exist only for violations. */
export function within(segment: string, check: Check, value: unknown, found: Found): void {
  const before = found.length;
  check(value, found);
  for (let i = before; i < found.length; i++) {
    const violation = found[i];
    if (violation !== undefined) violation.path = join(segment, violation.path);
  }
}

function join(segment: string, rest: string): string {
  return rest === '' || rest.startsWith('[') ? `${segment}${rest}` : `${segment}.${rest}`;
}

/** All checks in order, or undefined when there is none. */
export function all(checks: readonly (Check | undefined)[]): Check | undefined {
  const real = checks.filter((check) => check !== undefined);
  if (real.length < 2) return real[0];
  return (value, found) => {
    for (const check of real) check(value, found);
  };
}

/** A check that reports `rule` when the predicate is false. */
export function must<T>(rule: string, holds: (value: T) => boolean): Check {
  return (value, found) => {
    if (!holds(value as T)) found.push({ path: '', rule });
  };
}
