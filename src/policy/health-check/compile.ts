import { CodecClientType, duration, encodeUtf8, type HealthCheckSchema, headerChange, type Init, RequestMethod } from '../../envoy/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';

type Check = Init<typeof HealthCheckSchema>;

/** Envoy's ranges are half open. */
function statusRange(text: string): { readonly start: bigint; readonly end: bigint } {
  const [first = '200', last = first] = text.split('-');
  return { start: BigInt(first), end: BigInt(last) + 1n };
}

const piece = (text: string) => ({ payload: { case: 'text', value: hexadecimal(text) } }) as const;

/** Envoy takes what is sent and expected as hexadecimal text. */
function hexadecimal(text: string): string {
  return [...encodeUtf8(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** By HTTP/2 to the peer's proxy, which asks the application in its own words; without a host of its own a check asks for the service (emit knows its name). */
function http(read: Reader, { protocol, outside = false }: Site): Check['healthChecker'] {
  const headers = read.list<{ readonly name: string; readonly value: string }>('http.headers');
  return {
    case: 'httpHealthCheck',
    value: {
      host: read.text('http.host'),
      path: read.text('http.path'),
      method: RequestMethod[read.text('http.method') as 'GET'],
      expectedStatuses: read.list<string>('http.expectedStatuses').map(statusRange),
      requestHeadersToAdd: headers.map(({ name, value }) => headerChange('set', name, value)),
      codecClientType: outside && protocol === 'http' ? CodecClientType.HTTP1 : CodecClientType.HTTP2,
    },
  };
}

function tcp(read: Reader): Check['healthChecker'] {
  const send = read.text('tcp.send');
  return { case: 'tcpHealthCheck', value: { ...(send === '' ? {} : { send: piece(send) }), receive: read.list<string>('tcp.expect').map(piece) } };
}

function checker(read: Reader, site: Site): Check['healthChecker'] | undefined {
  switch (read.text('type')) {
    case 'HTTP':
      return http(read, site);
    case 'TCP':
      return tcp(read);
    case 'GRPC':
      return { case: 'grpcHealthCheck', value: { serviceName: read.text('grpc.service'), authority: read.text('grpc.authority') } };
    default:
      return undefined;
  }
}

/** An active check of every endpoint by every proxy that may call it. */
export function compileHealthCheck(effective: Effective, site: Site): readonly Contribution[] {
  const read = readerOf(effective);
  const healthChecker = checker(read, site);
  if (healthChecker === undefined) return [];
  const interval = read.ms('interval') ?? 0;
  const check: Check = {
    healthChecker,
    interval: duration(interval),
    timeout: duration(read.ms('timeout') ?? 0),
    initialJitter: duration(read.ms('initialJitter') ?? 0),
    intervalJitterPercent: read.number('jitterPercent') ?? 0,
    healthyThreshold: read.number('healthyThreshold') ?? 1,
    unhealthyThreshold: read.number('unhealthyThreshold') ?? 1,
    unhealthyInterval: duration(read.ms('unhealthyInterval') ?? interval),
    unhealthyEdgeInterval: duration(read.ms('unhealthyInterval') ?? interval),
    healthyEdgeInterval: duration(interval),
    noTrafficInterval: duration(read.ms('noTrafficInterval') ?? interval),
    noTrafficHealthyInterval: duration(read.ms('noTrafficInterval') ?? interval),
    reuseConnection: true,
    alwaysLogHealthCheckFailures: false,
    alwaysLogHealthCheckSuccess: false,
  };
  return [{ kind: 'health-check', check, origin: read.origin('type') }];
}
