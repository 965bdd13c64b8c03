// Which requests are traced, as samplers of Envoy's OpenTelemetry tracer (envoy.extensions.tracers.opentelemetry.samplers.v3).
import type { Packed } from '../encode/index.ts';
import { CelSamplerSchema, ParentBasedSamplerSchema } from '../messages.ts';
import { call, double, type Expression, field, identifier, integer, method, text } from './cel.ts';
import { extension } from './extensions.ts';

/** Where a route's metadata says how much is traced: `rate`, of 10,000. */
export const SAMPLING_METADATA = 'weft.tracing';
export const SAMPLING_SCALE = 10_000;

/**
 * Coprime to the scale, so that in 10,000 seconds each number of it comes once; and the multiples lie so that the seconds below any limit
 * are spread out, not in a row, and not at the same second of every minute.
 */
const STRIDE = 7919;

/**
 * Whether this second is one of those that are traced: all of a request's proxies, and those of whatever it causes, say the same by their
 * clocks without a word between them. A higher rate has all the seconds of a lower one.
 */
function inWindow(defaultRate: number): Expression {
  const all = (): Expression => field(field(identifier('xds'), 'route_metadata'), 'filter_metadata');
  const said = call('@in', [text(SAMPLING_METADATA), all()]);
  const rate = call('_[_]', [call('_[_]', [all(), text(SAMPLING_METADATA)]), text('rate')]);
  const second = call('int', [field(identifier('request'), 'time')]);
  const number = call('_%_', [call('_*_', [second, integer(STRIDE)]), integer(SAMPLING_SCALE)]);
  return call('_<_', [call('double', [number]), call('_?_:_', [said, rate, double(defaultRate)])]);
}

function saysNo(): Expression {
  const headers = (): Expression => field(identifier('request'), 'headers');
  const parent = call('_[_]', [headers(), text('traceparent')]);
  return call('_&&_', [call('@in', [text('traceparent'), headers()]), method(parent, 'endsWith', [text('-00')])]);
}

const expressed = (expr: Expression) => extension('envoy.tracers.opentelemetry.samplers.cel', CelSamplerSchema, { expression: { celExprParsed: { expr } } });

type Sampler = { readonly name: string; readonly typedConfig: Packed };

/** What the caller has decided holds; where nobody has, the second decides. */
export function samplerAmongPeers(defaultRate: number): Sampler {
  const wrappedSampler = expressed(inWindow(defaultRate));
  return extension('envoy.tracers.opentelemetry.samplers.parent_based', ParentBasedSamplerSchema, { wrappedSampler });
}

/** The second decides also for callers that want to be traced (nobody outside can make the mesh trace), but not for those that do not. */
export function samplerTowardsStrangers(defaultRate: number): Sampler {
  return expressed(call('_&&_', [inWindow(defaultRate), call('!_', [saysNo()])]));
}
