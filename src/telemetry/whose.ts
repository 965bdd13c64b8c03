// Of whom something is told. In a sidecar it is who tells; the proxy of a node tells for all workloads that it serves, and the control plane itself had
// their names written into its listeners (compile/emit/whose.ts). It is believed only for those that it serves.

/** Somebody who tells, and those for whom he tells as well, by `namespace/name` of the workload. */
export interface Teller<T> {
  readonly of?: Readonly<Record<string, T>>;
}

/** `workload`: what the entry says of itself. */
export function whose<T extends Teller<T>>(teller: T, workload: string | undefined): T {
  const { of } = teller;
  return of !== undefined && workload !== undefined && Object.hasOwn(of, workload) ? (of[workload] ?? teller) : teller;
}
