// The fields of a policy: what of it holds at each place it reaches, and who holds there instead.
import type { Diagnostic } from '../../base/index.ts';
import type { Mesh, Policy } from '../../model/index.ts';
import { leavesOf, POLICIES, type PolicyDefinition } from '../../policy/index.ts';
import type { Spot } from '../effective/spots.ts';
import { type Holding, holdings } from '../plan/policies.ts';
import { APPLIED, type DocumentFates, type Fate, type FieldFate, fateOf, isWithin } from './fate.ts';
import { MOST_SPOTS, spotsReached } from './reach.ts';

const MOST_EXCEPTIONS = 5;

interface Tally {
  applied: number;
  readonly others: { readonly place: string; readonly fate: Fate }[];
}

/** What becomes of the fields of a policy, targets included. `diagnostics` are all that is said of its document. */
export function policyFates(mesh: Mesh, policy: Policy, diagnostics: readonly Diagnostic[]): DocumentFates {
  const definition = POLICIES.find((each) => each.kind.kind === policy.kind);
  if (definition === undefined) return { fields: [], places: 0, all: true };
  const paths = leavesOf(policy.spec, definition.atomic).map(([path]) => path);
  // It acts on what proxies are sent, in whatever place: only diagnostics can say that it does not.
  if (definition.sites.length === 0) return { fields: plainFields(policy, paths, diagnostics), places: 0, all: true };
  const tallies = new Map(paths.map((path): [string, Tally] => [path, { applied: 0, others: [] }]));
  let places = 0;
  let all = true;
  for (const spot of spotsReached(mesh, policy)) {
    if (places >= MOST_SPOTS) {
      all = false;
      break;
    }
    if (count(spot, { policy, definition, tallies })) places++;
  }
  const targets = policy.targets.map((_, at) => targetFate(at, diagnostics));
  return { fields: [...targets, ...paths.map((path) => fieldFate(path, tallies.get(path), diagnostics))], places, all };
}

interface Counted {
  readonly policy: Policy;
  readonly definition: PolicyDefinition;
  readonly tallies: ReadonlyMap<string, Tally>;
}

/** Whether the policy is among those that hold at the spot. */
function count(spot: Spot, { policy, definition, tallies }: Counted): boolean {
  const holding = holdings(spot.acting).find((each) => each.definition === definition);
  if (holding === undefined || !holding.effective.policies.some((each) => each.key === policy.key)) return false;
  for (const [path, tally] of tallies) {
    const fate = fateAt(path, { policy, holding, spot });
    if (fate.kind === 'applied') tally.applied++;
    else tally.others.push({ place: spot.words, fate });
  }
  return true;
}

function fateAt(path: string, { policy, holding, spot }: { readonly policy: Policy; readonly holding: Holding; readonly spot: Spot }): Fate {
  const { definition, effective } = holding;
  const why = definition.ignored(path, spot.acting.site);
  if (why !== undefined) return { kind: 'ignored', code: 'WEFT1806', reason: why };
  // Documents that add up do not override each other.
  if (definition.union) return APPLIED;
  const field = effective.fields.get(path);
  if (field === undefined || field.from.policy?.key === policy.key) return APPLIED;
  return { kind: 'overridden', by: field.from.origin, words: field.from.words };
}

function plainFields(policy: Policy, paths: readonly string[], diagnostics: readonly Diagnostic[]): readonly FieldFate[] {
  const targets = policy.targets.map((_, at) => targetFate(at, diagnostics));
  const lost = targets.length > 0 && targets.every((target) => target.fate.kind !== 'applied') ? targets[0]?.fate : undefined;
  return [...targets, ...paths.map((path) => ({ path: `spec.${path}`, fate: whole(`spec.${path}`, diagnostics) ?? lost ?? APPLIED, except: [] }))];
}

function fieldFate(path: string, tally: Tally | undefined, diagnostics: readonly Diagnostic[]): FieldFate {
  const place = `spec.${path}`;
  const own = whole(place, diagnostics);
  if (own !== undefined) return { path: place, fate: own, except: [] };
  const { applied = 0, others = [] } = tally ?? {};
  if (applied > 0) return { path: place, fate: APPLIED, except: others.slice(0, MOST_EXCEPTIONS) };
  const [first] = [...others].sort((a, b) => Number(b.fate.kind === 'overridden') - Number(a.fate.kind === 'overridden'));
  if (first === undefined) return { path: place, fate: NOWHERE, except: [] };
  const except = others.filter((each) => JSON.stringify(each.fate) !== JSON.stringify(first.fate));
  return { path: place, fate: first.fate, except: except.slice(0, MOST_EXCEPTIONS) };
}

const NOWHERE: Fate = { kind: 'ignored', code: 'WEFT1908', reason: 'nothing that the policy is for is called, so it holds nowhere' };

/** What is said of the field itself by the check of the document; what stands against the targets is shown at the targets. */
function whole(place: string, diagnostics: readonly Diagnostic[]): Fate | undefined {
  for (const each of diagnostics) {
    if (each.by !== undefined || each.at.path.startsWith('spec.targetRefs') || !isWithin(place, each.at.path)) continue;
    const fate = fateOf(each);
    if (fate !== undefined) return fate;
  }
  return undefined;
}

function targetFate(at: number, diagnostics: readonly Diagnostic[]): FieldFate {
  const path = `spec.targetRefs[${at}]`;
  const said = diagnostics.find((each) => isWithin(each.at.path, path) && fateOf(each) !== undefined);
  return { path, fate: (said === undefined ? undefined : fateOf(said)) ?? APPLIED, except: [] };
}
