// Worlds made by chance: services of all kinds that call each other, for what has to hold in worlds that nobody thought of.
import { type Chance, chance } from './chance.ts';
import type { ServiceScript, Step, World } from './trace-simulator.ts';

const between = (dice: Chance, least: number, most: number): number => least * (most / least) ** dice.next();
const whole = (dice: Chance, least: number, most: number): number => least + Math.floor(dice.next() * (most - least + 1));
const oneOf = <T>(dice: Chance, all: readonly T[]): T | undefined => all[Math.floor(dice.next() * all.length)];

interface Making {
  readonly dice: Chance;
  /** How many times as long everything takes. */
  readonly slow: number;
  /** What may be called: what was made before, so nothing goes in a circle. */
  readonly below: readonly string[];
}

const worked = ({ dice, slow }: Making): Step => ({ work: Math.round(between(dice, 80, 900) * slow), spread: between(dice, 0.3, 0.8) });

function called({ dice, below }: Making): Step[] {
  const call = oneOf(dice, below);
  if (call === undefined) return [];
  const kind = dice.next();
  if (kind < 0.2) return [{ call, share: between(dice, 0.2, 0.8) }];
  if (kind < 0.35) return [{ call, most: whole(dice, 2, 3) }];
  if (kind < 0.45) return [{ call, retries: 1 }];
  if (kind < 0.48) return [{ call, forget: true, share: 0.4 }];
  return [{ call }];
}

function scriptOf(making: Making): readonly Step[] {
  const { dice, below } = making;
  if (below.length === 0 || dice.next() < 0.1) return [{ work: Math.round(between(dice, 120, 2_500) * making.slow) }];
  const steps: Step[] = [worked(making)];
  for (let left = whole(dice, 1, 3); left > 0; left--) {
    const branches = whole(dice, 2, 4);
    if (dice.next() < 0.25) steps.push({ together: Array.from({ length: branches }, () => called(making)).filter((each) => each.length > 0) });
    else steps.push(...called(making));
    steps.push(worked(making));
  }
  return steps;
}

function leaf({ dice, slow }: Making): ServiceScript {
  const get: Step = dice.next() < 0.5 ? { wait: Math.round(between(dice, 300, 4_000) * slow) } : { work: Math.round(between(dice, 100, 500) * slow) };
  const put: Step = { wait: Math.round(between(dice, 800, 5_000) * slow) };
  return { workers: whole(dice, 3, 8), failing: dice.next() < 0.5 ? 0.01 : 0, operations: { get: [get], put: [put] } };
}

/** What a request from outside takes, µs: by service the work, and (`''`) the time of everything. */
function takes(world: Omit<World, 'perSecond'>): ReadonlyMap<string, number> {
  const memo = new Map<string, Map<string, number>>();
  const add = (into: Map<string, number>, more: ReadonlyMap<string, number>, by: number): void => {
    for (const [name, us] of more) into.set(name, (into.get(name) ?? 0) + us * by);
  };
  const ofSteps = (service: string, steps: readonly Step[], into: Map<string, number>): void => {
    for (const step of steps) {
      if ('work' in step) add(into, new Map([...['', service].map((name) => [name, step.work * 1.5] as const)]), 1);
      else if ('wait' in step) add(into, new Map([['', step.wait * 1.5]]), 1);
      else if ('call' in step) add(into, ofCall(step.call), (step.share ?? 1) * ((1 + (step.most ?? 1)) / 2));
      else for (const branch of step.together) ofSteps(service, branch, into);
    }
  };
  const ofCall = (to: string): ReadonlyMap<string, number> => {
    const known = memo.get(to);
    if (known !== undefined) return known;
    const [service = '', operation = ''] = to.split('/');
    const made = new Map<string, number>([['', 240]]);
    ofSteps(service, world.services[service]?.operations[operation] ?? [], made);
    memo.set(to, made);
    return made;
  };
  const all = new Map<string, number>();
  const weights = Object.values(world.entries).reduce((sum, one) => sum + one, 0);
  for (const [to, weight] of Object.entries(world.entries)) add(all, ofCall(to), weight / weights);
  return all;
}

/** Requests a second at which the busiest service is busy for this share of the time, and about half a request is in flight at least so long as nobody waits. */
function rateFor(world: Omit<World, 'perSecond'>, share: number): number {
  const all = takes(world);
  const busiest = Math.max(1, ...[...all].filter(([name]) => name !== '').map(([name, us]) => us / (world.services[name]?.workers ?? 1)));
  return Math.min((share * 1e6) / busiest, 0.5e6 / (all.get('') ?? 1));
}

/** The same world for the same seed. At single load the busiest service is busy for a twentieth to a sixth of the time. */
export function randomWorld(seed: number): World {
  const dice = chance(seed * 7_919 + 17);
  const coarse = dice.next() < 0.35;
  const slow = coarse ? between(dice, 2, 6) : between(dice, 0.6, 2);
  const threads = oneOf(dice, [1, 2, 4]) ?? 2;
  const services: Record<string, ServiceScript> = {};
  const below: string[] = [];
  const count = whole(dice, 5, 9);
  for (let at = 0; at < count; at++) {
    const name = `s${at}`;
    const making = { dice, slow, below: [...below] };
    const operations = Object.fromEntries(Array.from({ length: whole(dice, 1, 3) }, (_, nth) => [`o${nth}`, scriptOf(making)]));
    const polls = dice.next() < 0.1 && below[0] !== undefined ? { polls: { call: below[0], perSecond: 1 } } : {};
    services[name] =
      at < 2 ? leaf(making) : { workers: Math.max(1, whole(dice, threads - 1, threads + 1)), failing: dice.next() < 0.2 ? 0.02 : 0, operations, ...polls };
    below.push(...Object.keys(services[name].operations).map((operation) => `${name}/${operation}`));
  }
  const last = services[`s${count - 1}`] ?? services['s0'];
  const entries = Object.fromEntries(Object.keys(last?.operations ?? {}).map((operation) => [`s${count - 1}/${operation}`, whole(dice, 1, 5)]));
  const world = { name: `by chance ${seed}`, clockUs: coarse ? 1_000 : 1, entries, services };
  return { ...world, perSecond: rateFor(world, between(dice, 0.05, 0.16)) };
}
