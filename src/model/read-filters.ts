// Filters of a rule or of a backend, as the compiler reads them.
import type { Origin } from '../base/index.ts';
import type { BackendTarget, ExternalAuth, HeaderChange, Mirror, PathChange, RouteFilters } from './entities.ts';
import type { FilterSpec, PathModifierSpec } from './kinds/http-route-filters.ts';

export interface Place {
  readonly namespace: string;
  readonly path: string;
  readonly at: (path: string) => Origin;
}

const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };

/** The filters at `place`; of several of one type that may stand once, the check has refused the document. */
export function readFilters(filters: readonly FilterSpec[], place: Place): RouteFilters {
  const origin = (at: number): Origin => place.at(`${place.path}[${at}]`);
  const read: { -readonly [K in keyof RouteFilters]: RouteFilters[K] } = {
    requestHeaders: NO_CHANGE,
    responseHeaders: NO_CHANGE,
    mirrors: filters.flatMap((filter, at) => readMirror(filter, origin(at), place.namespace)),
    extensions: filters.flatMap(({ extensionRef }, at) => (extensionRef === undefined ? [] : [{ ...extensionRef, origin: origin(at) }])),
  };
  for (const [at, filter] of filters.entries()) {
    const { requestHeaderModifier, responseHeaderModifier, requestRedirect, urlRewrite, cors } = filter;
    if (requestHeaderModifier !== undefined) read.requestHeaders = requestHeaderModifier;
    if (responseHeaderModifier !== undefined) read.responseHeaders = responseHeaderModifier;
    if (requestRedirect !== undefined) read.redirect = { ...readRedirect(requestRedirect), origin: origin(at) };
    if (urlRewrite !== undefined) read.rewrite = { ...hostOf(urlRewrite), ...pathOf(urlRewrite.path), origin: origin(at) };
    if (cors !== undefined) {
      const { maxAge, ...rest } = cors;
      read.cors = { ...rest, maxAgeSeconds: maxAge, origin: origin(at) };
    }
    if (filter.externalAuth !== undefined) read.externalAuth = readExternalAuth(filter.externalAuth, origin(at), place.namespace);
  }
  return read;
}

function readExternalAuth(
  { protocol, backendRef, grpc, http, forwardBody }: NonNullable<FilterSpec['externalAuth']>,
  origin: Origin,
  home: string,
): ExternalAuth {
  return {
    protocol,
    backend: readTarget(backendRef, home),
    allowedHeaders: (protocol === 'GRPC' ? grpc : http)?.allowedHeaders ?? [],
    path: http?.path ?? '',
    allowedResponseHeaders: http?.allowedResponseHeaders ?? [],
    maxBodyBytes: forwardBody?.maxSize ?? 0,
    origin,
  };
}

function readRedirect({ scheme, port, statusCode, path, ...rest }: NonNullable<FilterSpec['requestRedirect']>) {
  return { ...hostOf(rest), ...pathOf(path), ...(scheme === undefined ? {} : { scheme }), ...(port === undefined ? {} : { port }), status: statusCode };
}

function hostOf({ hostname }: { readonly hostname?: string | undefined }): { readonly hostname?: string } {
  return hostname === undefined ? {} : { hostname };
}

function pathOf(path: PathModifierSpec | undefined): { readonly path?: PathChange } {
  if (path === undefined) return {};
  if (path.type === 'ReplaceFullPath') return { path: { kind: 'full', value: path.replaceFullPath ?? '/' } };
  return { path: { kind: 'prefix', value: path.replacePrefixMatch ?? '' } };
}

function readMirror({ requestMirror }: FilterSpec, origin: Origin, namespace: string): readonly Mirror[] {
  if (requestMirror === undefined) return [];
  const { backendRef, percent, fraction } = requestMirror;
  const share = fraction === undefined ? (percent ?? 100) / 100 : fraction.numerator / fraction.denominator;
  return [{ backend: readTarget(backendRef, namespace), share, origin }];
}

/** What a backendRef names; its namespace is the route's unless it says another. */
export function readTarget(
  ref: { readonly group: string; readonly kind: string; readonly name: string; readonly namespace?: string | undefined; readonly port?: number | undefined },
  home: string,
): BackendTarget {
  return { group: ref.group === 'core' ? '' : ref.group, kind: ref.kind, namespace: ref.namespace ?? home, name: ref.name, port: ref.port ?? 0 };
}
