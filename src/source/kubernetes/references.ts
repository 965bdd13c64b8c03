// Which Secrets and ConfigMaps documents name: these are read, and no others.
import { byCodeUnit } from '../../base/index.ts';
import type { Document } from '../../model/index.ts';

/** `Secret shop/web-tls`. */
export type Reference = `${'Secret' | 'ConfigMap'} ${string}/${string}`;

type Fields = Readonly<Record<string, unknown>>;

/** Fields that name a Secret where they do not say what they name (Gateway API: `kind` defaults to Secret). */
const OF_SECRETS = /^(certificateRefs?|clientCertificateRef|secretRef|clientSecretRef|keyRef)$/;

/** All of a document, sorted. Whether it may name them (ReferenceGrant) is for whoever uses what was read. */
export function referencesOf({ metadata, spec }: Pick<Document, 'metadata' | 'spec'>): readonly Reference[] {
  const found = new Set<Reference>();
  const visit = (value: unknown, field: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, field);
    else if (typeof value === 'object' && value !== null) {
      const { kind, name, namespace } = value as Fields;
      const what = kind ?? (OF_SECRETS.test(field) ? 'Secret' : undefined);
      if ((what === 'Secret' || what === 'ConfigMap') && typeof name === 'string' && /Refs?$/.test(field))
        found.add(`${what} ${typeof namespace === 'string' && namespace !== '' ? namespace : metadata.namespace}/${name}`);
      for (const [key, each] of Object.entries(value)) visit(each, key);
    }
  };
  visit(spec, '');
  return [...found].sort(byCodeUnit);
}
