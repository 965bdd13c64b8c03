/** What somebody wants to do: with a resource (Kubernetes' ResourceAttributes), or with a path that is none. */
export type Attributes =
  | {
      readonly verb: string;
      readonly group: string;
      /** Plural, with `/` and the subresource if there is one. */
      readonly resource: string;
      /** '' = all namespaces, or a resource of none. */
      readonly namespace: string;
      /** '' = the collection. */
      readonly name: string;
    }
  | { readonly verb: string; readonly path: string };

const WEFT = 'weft.dev';

/** Something of Weft's own that is no document: proxies, explanations, join tokens. */
export function weftAttributes(verb: string, resource: string, namespace: string, name = ''): Attributes {
  return { verb, group: WEFT, resource, namespace, name };
}

/** As `kubectl auth can-i` would be asked, for messages. */
export function describeAttributes(attributes: Attributes): string {
  if ('path' in attributes) return `${attributes.verb} the path ${attributes.path}`;
  const { verb, group, resource, namespace, name } = attributes;
  const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : ` "${name}"`}`;
  return `${what} ${namespace === '' ? 'in all namespaces' : `in namespace "${namespace}"`}`;
}
