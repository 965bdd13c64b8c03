// What commands ask of metrics, and the flags that say so.
import type { Command } from 'commander';
import type { Invocation, Options } from '../command.ts';
import { CommandError, EXIT, usageError } from '../exit.ts';
import { readSince } from '../text/since.ts';
import { Client } from './client.ts';

export const METRICS_FORMS = ['table', 'wide', 'json', 'yaml'] as const;
export type MetricsForm = (typeof METRICS_FORMS)[number];

export function metricsFlags(declared: Command): Command {
  return declared
    .option('-A, --all-namespaces', 'of all namespaces (so it is unless -n is given)')
    .option('--since <duration>', 'how far back', '10m')
    .option('-o, --output <form>', `one of ${METRICS_FORMS.join(', ')}`)
    .option('-w, --watch', 'again every two seconds, until ^C');
}

/** The namespace asked for; undefined for all. */
export function namespaceOf({ flags }: Invocation, options: Options): string | undefined {
  return options['allNamespaces'] === true ? undefined : flags.namespace;
}

function query(parameters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(parameters)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

/** Asks `stat` or `edges` of a window that ends now. Throws CommandError 64 for a bad duration, 1 where nothing is kept. */
export async function askMetrics<T>(invocation: Invocation, what: 'stat' | 'edges', options: Options): Promise<T> {
  const since = String(options['since'] ?? '10m');
  readSince(since, invocation.io.now());
  const found = await new Client(invocation).weft(`${what}?${query({ since, namespace: namespaceOf(invocation, options) })}`);
  if (found === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no metrics');
  return found as T;
}

/** The form of `-o`, checked with `-w`. */
export function noYamlInWatch(form: MetricsForm, watch: boolean): void {
  if (watch && form === 'yaml') throw usageError('-o yaml is not possible with -w\n  choose json: one object per line');
}
