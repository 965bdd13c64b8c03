// A discrete-event simulation of services that call each other, for the rebuilding of traces: who caused what is known here, and told to nobody
// who is tested. Made to be hard where the world is: work waits for few workers, times are log-normal with a heavy tail, load comes in waves,
// calls are skipped (caches), repeated, retried, made at once, and outlive who asked for them.
import type { InboundSpan, OutboundSpan } from '../../src/inference/index.ts';
import { type Chance, chance } from './chance.ts';
import { type Schedule, schedule } from './schedule.ts';

export type Step =
  /** Needs a worker of the service. */
  | { readonly work: number; readonly spread?: number }
  /** Needs none: a timer, a disk. */
  | { readonly wait: number }
  | { readonly call: string; readonly share?: number; readonly most?: number; readonly retries?: number; readonly forget?: boolean }
  | { readonly together: readonly (readonly Step[])[] };

export interface ServiceScript {
  readonly workers: number;
  /** The share of requests that fail. */
  readonly failing?: number;
  /** Calls that no request caused: the callee, how many a second. */
  readonly polls?: { readonly call: string; readonly perSecond: number };
  readonly operations: Readonly<Record<string, readonly Step[]>>;
}

/** The law of how long work and waiting take: log-normal with a heavy tail where nothing else is said. */
export type Times = 'exponential' | 'steady' | 'two humps';

export interface World {
  readonly name: string;
  readonly times?: Times;
  /** The unit of the clock that spans are timed with. */
  readonly clockUs: number;
  readonly perSecond: number;
  /** `service/operation`, how often. */
  readonly entries: Readonly<Record<string, number>>;
  readonly services: Readonly<Record<string, ServiceScript>>;
}

/** One workload's spans, and which is whose. */
export interface Observed {
  readonly service: string;
  readonly inbound: InboundSpan[];
  readonly outbound: OutboundSpan[];
  /** Outbound id -> inbound id; polls have none. */
  readonly truth: Map<string, string | undefined>;
  /** Outbound id -> trace. */
  readonly trace: Map<string, number>;
}

interface Running {
  readonly world: World;
  readonly at: Schedule;
  readonly dice: Chance;
  readonly seen: Map<string, Observed>;
  readonly queues: Map<string, { busy: number; waiting: (() => void)[] }>;
  ids: number;
}

interface Request {
  readonly trace: number;
  readonly id: string | undefined;
  readonly service: string;
  failed: boolean;
}

function seenOf(run: Running, service: string): Observed {
  const found = run.seen.get(service);
  if (found !== undefined) return found;
  const made: Observed = { service, inbound: [], outbound: [], truth: new Map(), trace: new Map() };
  run.seen.set(service, made);
  return made;
}

/** By its median. */
function lasts({ dice, world }: Running, median: number, spread: number): number {
  switch (world.times) {
    case 'exponential':
      return (-median * Math.log(1 - dice.next())) / Math.LN2;
    case 'steady':
      return median * (0.9 + 0.2 * dice.next());
    case 'two humps':
      return median * (dice.next() < 0.3 ? 3.5 : 0.8) * (0.85 + 0.3 * dice.next());
    default:
      return dice.heavy(median, spread);
  }
}

function work(run: Running, service: string, takesUs: number, then: () => void): void {
  const queue = run.queues.get(service) ?? { busy: 0, waiting: [] };
  run.queues.set(service, queue);
  const start = (): void => {
    queue.busy++;
    run.at.after(takesUs, () => {
      queue.busy--;
      queue.waiting.shift()?.();
      then();
    });
  };
  if (queue.busy < (run.world.services[service]?.workers ?? 1)) start();
  else queue.waiting.push(start);
}

/** A call: its outbound span at the caller, the way there, the request served, the way back. */
function call(run: Running, from: Request, to: string, then: (failed: boolean) => void): void {
  const { at, world, dice } = run;
  const [service = '', operation = ''] = to.split('/');
  const id = `o${run.ids++}`;
  const tick = (us: number): number => Math.floor(us / world.clockUs) * world.clockUs;
  const startUs = tick(at.now());
  at.after(dice.logNormal(120, 0.4), () =>
    serve(run, { service, operation, trace: from.trace }, (failed) =>
      at.after(dice.logNormal(120, 0.4), () => {
        const seen = seenOf(run, from.service);
        seen.outbound.push({ id, startUs, endUs: tick(at.now()), callee: service, operation, status: failed ? 503 : 200 });
        seen.truth.set(id, from.id);
        seen.trace.set(id, from.trace);
        then(failed);
      }),
    ),
  );
}

function tried(run: Running, request: Request, step: Extract<Step, { call: string }>, left: number, then: () => void): void {
  call(run, request, step.call, (failed) => {
    if (failed && left > 0) run.at.after(run.dice.logNormal(2_000, 0.5), () => tried(run, request, step, left - 1, then));
    else {
      if (failed) request.failed = true;
      then();
    }
  });
}

function calls(run: Running, request: Request, step: Extract<Step, { call: string }>, then: () => void): void {
  const wanted = run.dice.next() < (step.share ?? 1);
  if (wanted && step.forget === true) tried(run, { ...request }, step, 0, () => undefined);
  if (!wanted || step.forget === true) {
    then();
    return;
  }
  const times = 1 + Math.floor(run.dice.next() * (step.most ?? 1));
  const once = (left: number): void => {
    if (left === 0) then();
    else tried(run, request, step, step.retries ?? 0, () => run.at.after(run.dice.logNormal(60, 0.5), () => once(left - 1)));
  };
  once(times);
}

function steps(run: Running, request: Request, script: readonly Step[], then: () => void): void {
  const [step, ...rest] = script;
  const next = (): void => steps(run, request, rest, then);
  if (step === undefined) then();
  else if ('work' in step) work(run, request.service, lasts(run, step.work, step.spread ?? 0.6), next);
  else if ('wait' in step) run.at.after(lasts(run, step.wait, 0.6), next);
  else if ('call' in step) calls(run, request, step, next);
  else {
    let open = step.together.length;
    for (const branch of step.together) steps(run, request, branch, () => --open === 0 && next());
  }
}

function serve(run: Running, what: { service: string; operation: string; trace: number }, then: (failed: boolean) => void): void {
  const { world, at, dice } = run;
  const script = world.services[what.service];
  const id = `i${run.ids++}`;
  const request: Request = { trace: what.trace, id, service: what.service, failed: dice.next() < (script?.failing ?? 0) };
  const tick = (us: number): number => Math.floor(us / world.clockUs) * world.clockUs;
  const startUs = tick(at.now());
  const all = script?.operations[what.operation] ?? [];
  // Who fails by himself does so at once, after the first of his work.
  steps(run, request, request.failed ? all.slice(0, 1) : all, () => {
    seenOf(run, what.service).inbound.push({ id, startUs, endUs: tick(at.now()), operation: what.operation, status: request.failed ? 503 : 200 });
    then(request.failed);
  });
}

/** Runs a world until `traces` requests have come from outside and all is answered. */
export function simulate(world: World, { traces, load = 1, seed }: { traces: number; load?: number; seed: number }): readonly Observed[] {
  const dice = chance(seed);
  const run: Running = { world, at: schedule(), dice, seen: new Map(), queues: new Map(), ids: 0 };
  const names = Object.entries(world.entries);
  const total = names.reduce((sum, [, weight]) => sum + weight, 0);
  const entry = (): string => {
    let at = dice.next() * total;
    for (const [name, weight] of names) {
      at -= weight;
      if (at < 0) return name;
    }
    return names[0]?.[0] ?? '';
  };
  let left = traces;
  const arrive = (): void => {
    if (left-- <= 0) return;
    const [service = '', operation = ''] = entry().split('/');
    serve(run, { service, operation, trace: traces - left }, () => undefined);
    // Waves: of each half second, some are calm and some are twice as busy.
    const wave = Math.sin(run.at.now() / 400_000) > 0 ? 1.5 : 0.5;
    run.at.after((-Math.log(1 - dice.next()) * 1e6) / (world.perSecond * load * wave), arrive);
  };
  for (const [service, { polls }] of Object.entries(world.services)) {
    const poll = (): void => {
      if (polls === undefined || left <= 0) return;
      call(run, { trace: -1, id: undefined, service, failed: false }, polls.call, () => undefined);
      run.at.after((-Math.log(1 - dice.next()) * 1e6) / polls.perSecond, poll);
    };
    poll();
  }
  arrive();
  run.at.finish();
  return [...run.seen.values()].filter(({ outbound }) => outbound.length > 0);
}
