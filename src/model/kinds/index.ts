// kinds: one file per kind of document. To add one: write the file, add a line to KINDS.
import { httpRouteKind } from './http-route.ts';
import type { KindDefinition } from './kind.ts';
import { meshKind } from './mesh.ts';
import { namespaceKind } from './namespace.ts';
import { scopeKind } from './scope.ts';
import { serviceKind } from './service.ts';
import { workloadKind } from './workload.ts';

export const KINDS: readonly KindDefinition[] = [namespaceKind, serviceKind, httpRouteKind, meshKind, workloadKind, scopeKind];

const BY_KIND: ReadonlyMap<string, KindDefinition> = new Map(KINDS.map((kind) => [`${kind.apiVersion}/${kind.kind}`, kind]));
const BY_PLURAL: ReadonlyMap<string, KindDefinition> = new Map(KINDS.map((kind) => [`${kind.group}/${kind.plural}`, kind]));

export function kindOf(apiVersion: string, kind: string): KindDefinition | undefined {
  return BY_KIND.get(`${apiVersion}/${kind}`);
}

export function kindByPlural(group: string, plural: string): KindDefinition | undefined {
  return BY_PLURAL.get(`${group}/${plural}`);
}

/** A kind by what a user types: `svc`, `services`, `Service`, `httproutes.gateway.networking.k8s.io`. */
export function kindByWord(word: string): KindDefinition | undefined {
  const lower = word.toLowerCase();
  return KINDS.find((kind) => [kind.singular, kind.plural, ...kind.shortNames].some((name) => name === lower || `${name}.${kind.group}` === lower));
}
