import { createHash } from 'node:crypto';
import type { Document } from '../../../model/index.ts';
import { bodyOf, complete } from '../../text/document.ts';

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * What a user says in a document, without what the control plane keeps in it (uid, revision, age, status, its own annotations). An
 * address that the control plane gave to a service is taken from `live`: a file that does not name one does not change it.
 */
export function ownContent(document: Document, live?: Document): Fields {
  const { apiVersion, kind, metadata } = complete(document);
  const annotations = Object.fromEntries(Object.entries(metadata.annotations).filter(([key]) => !key.startsWith('weft.dev/')));
  const own = {
    name: metadata.name,
    ...(metadata.namespace === '' ? {} : { namespace: metadata.namespace }),
    ...(Object.keys(metadata.labels).length === 0 ? {} : { labels: metadata.labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  const body = kind === 'Secret' ? fingerprinted(bodyOf(document)) : bodyOf(document);
  const spec = body['spec'];
  const given = live?.spec?.['clusterIP'];
  const keepsAddress = kind === 'Service' && isFields(spec) && given !== undefined && (spec['clusterIP'] ?? '') === '';
  return { apiVersion, kind, metadata: own, ...(keepsAddress ? { spec: { ...spec, clusterIP: given } } : body) };
}

/** Values of a Secret are not shown; a difference of two is. */
function fingerprinted({ data, ...rest }: Fields): Fields {
  if (!isFields(data)) return rest;
  const mark = (value: unknown): string => `<hidden, sha256 ${createHash('sha256').update(String(value)).digest('hex').slice(0, 8)}>`;
  return { ...rest, data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, mark(value)])) };
}

/** The same value with its keys in the order of the other one, so that order alone is no difference. */
export function alike(value: Fields, model: Fields | undefined): Fields {
  return ordered(value, model) as Fields;
}

function ordered(value: unknown, model: unknown): unknown {
  if (Array.isArray(value)) return value.map((each, at) => ordered(each, Array.isArray(model) ? model[at] : undefined));
  if (!isFields(value)) return value;
  const order = isFields(model) ? Object.keys(model) : [];
  const keys = [...order.filter((key) => Object.hasOwn(value, key)), ...Object.keys(value).filter((key) => !order.includes(key))];
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key], isFields(model) ? model[key] : undefined)]));
}
