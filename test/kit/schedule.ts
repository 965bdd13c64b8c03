/** The clock of a simulation: what is due next is done next. */
export interface Schedule {
  now(): number;
  after(us: number, act: () => void): void;
  /** Until nothing is due any more. */
  finish(): void;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Due[], due: Due): void {
  let at = heap.push(due) - 1;
  for (let up = (at - 1) >> 1; at > 0; at = up, up = (at - 1) >> 1) {
    const above = heap[up];
    if (above === undefined || !before(due, above)) break;
    heap[at] = above;
    heap[up] = due;
  }
}

function pop(heap: Due[]): Due | undefined {
  const top = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return top;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) return top;
    const down = right !== undefined && before(right, left) ? 2 * at + 2 : 2 * at + 1;
    const least = heap[down];
    if (least === undefined || !before(least, last)) return top;
    heap[at] = least;
    heap[down] = last;
    at = down;
  }
}

export function schedule(): Schedule {
  const heap: Due[] = [];
  let now = 0;
  let order = 0;
  return {
    now: () => now,
    after: (us, act) => push(heap, { at: now + us, order: order++, act }),
    finish: () => {
      for (let due = pop(heap); due !== undefined; due = pop(heap)) {
        now = due.at;
        due.act();
      }
    },
  };
}
