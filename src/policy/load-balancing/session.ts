import {
  CookieBasedSessionStateSchema,
  duration,
  extension,
  HeaderBasedSessionStateSchema,
  type Packed,
  pack,
  StatefulSessionPerRouteSchema,
} from '../../envoy/index.ts';
import type { Reader } from '../read.ts';

function stateOf(read: Reader) {
  const name = read.text('session.name');
  if (read.text('session.type') === 'Header') return extension('envoy.http.stateful_session.header', HeaderBasedSessionStateSchema, { name });
  const ttl = read.ms('session.ttl') ?? 0;
  const cookie = { name, path: read.text('session.path'), ...(ttl === 0 ? {} : { ttl: duration(ttl) }) };
  return extension('envoy.http.stateful_session.cookie', CookieBasedSessionStateSchema, { cookie });
}

/** What a route says to the filter of sessions; undefined where there are none. */
export function sessionOf(read: Reader): Packed | undefined {
  if (!['Cookie', 'Header'].includes(read.text('session.type'))) return undefined;
  const value = { sessionState: stateOf(read), strict: read.flag('session.strict') };
  return pack(StatefulSessionPerRouteSchema, { override: { case: 'statefulSession', value } });
}
