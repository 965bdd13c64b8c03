// What is wrong with routes, and with the kinds that belong to them.
import type { DiagnosticKind } from './diagnostics.ts';

export const ROUTES = {
  WEFT1216: {
    severity: 'error',
    title: 'filters that exclude each other',
    docs: 'Two filters, or a filter and the backends of its rule, cannot both be obeyed.',
    hint: 'take one of them out, or divide the rule',
  },
  WEFT1217: {
    severity: 'error',
    title: 'no prefix to replace',
    docs: 'ReplacePrefixMatch needs a rule with exactly one match, of path type PathPrefix (Gateway API).',
    hint: 'use ReplaceFullPath, or divide the rule so that this one has one PathPrefix match',
  },
  WEFT1218: {
    severity: 'warning',
    title: 'filter that allows nothing',
    docs: 'A CORS filter without origins lets no browser read an answer.',
    hint: 'add allowOrigins: ["https://app.example"]',
  },
  WEFT1219: {
    severity: 'error',
    title: 'invalid regular expression',
    docs: 'The text is not a regular expression as RE2 (Envoy, Go) reads it.',
    hint: 'see https://github.com/google/re2/wiki/Syntax: no look-around, no back-references',
  },
  WEFT1320: {
    severity: 'error',
    title: 'filter does not exist',
    docs: 'An ExtensionRef names a RouteFilter that is not there. A filter is never skipped: requests of the rule are answered with 500 until it is.',
    hint: 'apply the RouteFilter in the namespace of the route, or correct the name',
  },
  WEFT1321: {
    severity: 'error',
    title: 'unknown kind of filter',
    docs: 'An ExtensionRef names something that is no filter. A filter is never skipped: requests of the rule are answered with 500.',
    hint: 'use { group: weft.dev, kind: RouteFilter, name: NAME }',
  },
  WEFT1322: {
    severity: 'warning',
    title: 'subset of nothing',
    docs: 'A Subset names a Service that is not there, or no workload of it has the labels.',
    hint: 'apply the Service, correct the name, or start a workload with these labels',
  },
  WEFT1410: {
    severity: 'warning',
    title: 'another kind of route has the port',
    docs: 'Routes of two kinds are attached to one port. GRPCRoutes win over HTTPRoutes (the more specific kind), and kinds are never merged (Gateway API).',
    hint: 'move the rules into one kind of route',
  },
  WEFT1411: {
    severity: 'warning',
    title: 'caller unknown',
    docs: 'A rule asks for its caller (RouteFilter match.source), but at a Gateway callers are not workloads of the mesh: the rule takes no request there.',
    hint: 'attach a route without the condition to the Gateway',
  },
} as const satisfies Record<string, DiagnosticKind>;
