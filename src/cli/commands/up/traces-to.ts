import { usageError } from '../../exit.ts';

const PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'grpc:', 'grpcs:']);
/** Headers for a collector, secrets mostly, stand where OpenTelemetry's own programs look for them: not in arguments, which every user of a machine can read. */
const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

/** `name=value,name=value`, values percent-encoded (OTLP exporter specification). */
function readHeaders(name: string, text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key = '', value = ''] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (key === '') throw usageError(`${name}: write name=value, several with "," between them`);
      try {
        return [key.toLowerCase(), decodeURIComponent(value)];
      } catch {
        throw usageError(`${name}: the value of ${key} is not percent-encoded as it should be`);
      }
    }),
  );
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where `flag` sends what it is about; `signal` as in the names of OpenTelemetry's variables. Throws CommandError 64. */
function readCollector(flag: string, endpoint: string | undefined, { env, signal }: { readonly env: Env; readonly signal: string }) {
  if (endpoint === undefined) return undefined;
  const url = URL.parse(endpoint);
  if (url === null || !PROTOCOLS.has(url.protocol) || url.host === '')
    throw usageError(`${flag} ${endpoint}: write http://HOST:4318 or grpc://HOST:4317 (https, grpcs with TLS)`);
  if (url.username !== '' || url.password !== '') throw usageError(`${flag}: put credentials into ${HEADERS}, not into the address`);
  const name = [`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, HEADERS].find((each) => (env[each] ?? '') !== '');
  return { endpoint, ...(name === undefined ? {} : { headers: readHeaders(name, env[name] ?? '') }) };
}

/** Where spans go beside. Throws CommandError 64. */
export const readTracesTo = (endpoint: string | undefined, env: Env) => readCollector('--traces-to', endpoint, { env, signal: 'TRACES' });

/** Where counters go beside. Throws CommandError 64. */
export const readMetricsTo = (endpoint: string | undefined, env: Env) => readCollector('--metrics-to', endpoint, { env, signal: 'METRICS' });

/** Where lines of access logs go. Throws CommandError 64. */
export const readLogsTo = (endpoint: string | undefined, env: Env) => readCollector('--logs-to', endpoint, { env, signal: 'LOGS' });
