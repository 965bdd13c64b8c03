import type { KindDefinition } from './kind.ts';

/** The kinds of documents there are, found in the ways in which people and programs name them. */
export interface Kinds {
  readonly all: readonly KindDefinition[];
  of(apiVersion: string, kind: string): KindDefinition | undefined;
  byPlural(group: string, plural: string): KindDefinition | undefined;
  /** By what a user types: `svc`, `services`, `Service`, `httproutes.gateway.networking.k8s.io`. */
  byWord(word: string): KindDefinition | undefined;
}

/** A vocabulary of these kinds; of two with one apiVersion and name the later counts. */
export function makeKinds(all: readonly KindDefinition[]): Kinds {
  const byKind = new Map(all.flatMap((kind) => apiVersionsOf(kind).map((version) => [`${version}/${kind.kind}`, kind] as const)));
  const byPlural = new Map(all.map((kind) => [`${kind.group}/${kind.plural}`, kind]));
  return {
    all,
    of: (apiVersion, kind) => byKind.get(`${apiVersion}/${kind}`),
    byPlural: (group, plural) => byPlural.get(`${group}/${plural}`),
    byWord: (word) => {
      const lower = word.toLowerCase();
      return all.find((kind) => [kind.singular, kind.plural, ...kind.shortNames].some((name) => name === lower || `${name}.${kind.group}` === lower));
    },
  };
}

/** Its own apiVersion, and the older ones that say the same. */
function apiVersionsOf({ group, version, alsoVersions }: KindDefinition): readonly string[] {
  return [version, ...alsoVersions].map((each) => (group === '' ? each : `${group}/${each}`));
}
