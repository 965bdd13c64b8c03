// What the real Envoy says of the programs in documents, where this machine has one.
import type { Diagnostic } from '../../../base/index.ts';
import { type Document, diagnostic, originOf } from '../../../model/index.ts';

/** Findings of Envoy itself about ExtensionPolicies; none where there is no Envoy to ask. */
export async function programFindings(documents: readonly Document[]): Promise<readonly Diagnostic[]> {
  const programs = documents.filter(({ kind }) => kind === 'ExtensionPolicy');
  if (programs.length === 0) return [];
  const [{ extensionCheck }, { EnvoyCheck, findEnvoy }] = await Promise.all([import('../../../compile/index.ts'), import('../../../machine/index.ts')]);
  const envoy = new EnvoyCheck({ find: () => findEnvoy()?.path });
  const answers = programs.map(async (document): Promise<readonly Diagnostic[]> => {
    // Nothing of it is kept, so it needs no version.
    const config = extensionCheck(document, () => '' as never);
    const verdict = config === undefined ? undefined : await envoy.check(config);
    return verdict?.kind === 'refused' ? [diagnostic('WEFT1866', originOf(document, 'spec'), `Envoy refuses what is made of it: ${verdict.words}`)] : [];
  });
  return (await Promise.all(answers)).flat();
}
