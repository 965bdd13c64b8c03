import type { Report } from './kind.ts';
import type { TelemetrySections } from './telemetry.ts';
import { isTold } from './told-headers.ts';

type Logs = NonNullable<TelemetrySections['accessLogs']>;
type Sink = NonNullable<Logs['to']>[number];

/** What the schema of the sections cannot say. `at`: where they stand, `spec` or `spec.telemetry`. */
export function checkTelemetry({ metrics, tracing, accessLogs }: TelemetrySections, at: string, report: Report): void {
  const without = metrics?.without ?? [];
  for (const [index, label] of without.entries())
    if (without.indexOf(label) < index) report('WEFT2300', `${at}.metrics.without[${index}]`, `"${label}" is named twice`);
  checkTags(tracing, `${at}.tracing`, report);
  for (const [index, header] of (accessLogs?.headers ?? []).entries())
    if (!isTold(header)) report('WEFT2343', `${at}.accessLogs.headers[${index}]`, `proxies do not tell "${header}", so it is left out`);
  for (const [index, sink] of (accessLogs?.to ?? []).entries()) checkSink(sink, `${at}.accessLogs.to[${index}]`, report);
}

/** Where access logs are sent to a collector, as paths below the sections. */
export function otlpSinks(sections: Pick<TelemetrySections, 'accessLogs'> | undefined): readonly string[] {
  const { disabled = false, to = [] } = sections?.accessLogs ?? {};
  return disabled ? [] : to.flatMap(({ type }, index) => (type === 'OTLP' ? [`accessLogs.to[${index}]`] : []));
}

function checkTags(tracing: TelemetrySections['tracing'], at: string, report: Report): void {
  const tags = tracing?.tags ?? [];
  for (const [index, { name, header, literal }] of tags.entries()) {
    if (tags.findIndex((each) => each.name === name) < index) report('WEFT2300', `${at}.tags[${index}].name`, `"${name}" is named twice`);
    if ((header === undefined) === (literal === undefined))
      report('WEFT2301', `${at}.tags[${index}]`, `a tag has either a header or a literal${header === undefined ? '' : ', not both'}`);
  }
}

const NEEDS: Readonly<Record<Sink['type'], readonly (keyof Sink)[]>> = { Stdout: [], File: ['path'], OTLP: [] };
const MAY: Readonly<Record<Sink['type'], readonly (keyof Sink)[]>> = { Stdout: ['format'], File: ['format', 'path'], OTLP: [] };
/** Names below a folder, none of which leads anywhere else or hides. */
const LOG_FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

const FIELDS = ['format', 'path'] as const;

function checkSink(sink: Sink, at: string, report: Report): void {
  for (const field of FIELDS) {
    const given = sink[field] !== undefined;
    if (!given && NEEDS[sink.type].includes(field)) report('WEFT2301', at, `${sink.type} needs ${field}`);
    if (given && !MAY[sink.type].includes(field)) report('WEFT2301', `${at}.${field}`, `${field} is nothing for ${sink.type}`);
  }
  if (sink.path !== undefined && !LOG_FILE.test(sink.path)) report('WEFT2341', `${at}.path`, `"${sink.path}" is not the name of a file below a folder`);
}
