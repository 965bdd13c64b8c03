// weft up: the control plane in the foreground.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CommandModule, repeated, text, texts } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { dataDirectory } from '../../whereabouts.ts';
import { sealFlags, sealSources } from '../seal/sources.ts';
import { readAttestors } from './attestors.ts';
import { kubernetesFlags, readKubernetes } from './kubernetes.ts';
import { makeFolder } from './make-folder.ts';
import { readPrometheus } from './prometheus.ts';
import { readSignIn, signInFlags } from './sign-in.ts';
import { readLogsTo, readMetricsTo, readTracesTo } from './traces-to.ts';

// SPIFFE-ID, section 2.1
const TRUST_DOMAIN = /^[a-z0-9._-]{1,255}$/;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

const LEAST_MIB = 8;

function budgetBytes(flag: string, text: string): number {
  const mib = Number(text);
  if (/^\d{1,7}$/.test(text) && mib >= LEAST_MIB) return mib * 1024 * 1024;
  throw usageError(`--${flag} ${text}: write a number of MiB, at least ${LEAST_MIB}`);
}

export const command: CommandModule = {
  declare(declared) {
    kubernetesFlags(signInFlags(sealFlags(declared)))
      .option('--api <host:port>', 'where the management API listens', '127.0.0.1:7400')
      .option('--xds <host:port>', 'where proxies and machines connect', '127.0.0.1:7401')
      .option('--trust-domain <name>', 'of a new mesh (default example.mesh); it never changes afterwards')
      .option('--federation <host:port>', 'where other meshes ask for the trust anchors of this one (docs/identity.md); nowhere unless given')
      .option('--attestors <file>', 'who else may join than who has a join token: Kubernetes, AWS (docs/identity.md)')
      .option('--ca-cert <file>', 'sign with a certificate of another authority: it, what signed it, …, the root, PEM')
      .option('--ca-key <file>', 'the P-256 key of the first certificate of --ca-cert, PEM')
      .option('-f, --filename <path>', 'documents to apply at start: file, folder or -; may be given several times', repeated)
      .option('--no-pilot-metrics', 'metrics of the control plane under our own names alone, without those that dashboards for Istio read')
      .option('--records-budget <MiB>', 'room for what is kept of requests and connections', '256')
      .option('--traces-budget <MiB>', 'room for what is kept of traces', '256')
      .option('--traces-to <url>', 'a collector that takes spans beside: http(s)://HOST:4318, or grpc(s)://HOST:4317 (OTLP; docs/traces.md)')
      .option('--metrics-budget <MiB>', 'room for what is kept of metrics', '256')
      .option('--logs-to <url>', 'a collector for access logs that a TelemetryPolicy wants by OTLP, instead of the one that the Mesh names')
      .option('--metrics-to <url>', 'a collector that all counters are pushed to every 15 s: http(s)://HOST:4318, or grpc(s)://HOST:4317 (OTLP)')
      .option('--prometheus <url>', 'ask this server for metrics, which scrapes /metrics/mesh (docs/telemetry.md), instead of what is kept here')
      .option('--prometheus-token-file <file>', 'the token that it wants to be shown')
      .addOption(declared.createOption('--log-level <level>', 'what is logged, as JSON lines on standard error').choices(LEVELS).default('warn'));
  },

  async run(invocation, _args, options) {
    const { io, flags, actions, note } = invocation;
    const directory = resolve(io.cwd, dataDirectory(io, flags.data));
    const { trustDomain } = options;
    if (typeof trustDomain === 'string' && !TRUST_DOMAIN.test(trustDomain))
      throw usageError(`--trust-domain ${trustDomain}: write lower-case letters, digits, ".", "-" and "_", for example shop.example.com`);
    const attestors = typeof options['attestors'] === 'string' ? await readAttestors(resolve(io.cwd, options['attestors'])) : [];
    const signIn = readSignIn(io.cwd, options);
    const ca = readCa(io.cwd, text(options, 'caCert'), text(options, 'caKey'));
    makeFolder(directory);
    // help does without what these need
    const [{ parseHostPort }, { applyFiles }] = await Promise.all([import('../../../machine/index.ts'), import('./apply-files.ts')]);
    return actions.up({
      directory,
      api: parseHostPort(String(options['api']), 7400),
      xds: parseHostPort(String(options['xds']), 7401),
      ...(typeof trustDomain === 'string' ? { trustDomain } : {}),
      ...(ca === undefined ? {} : { ca }),
      pilotNames: options['pilotMetrics'] !== false,
      recordsBudgetBytes: budgetBytes('records-budget', String(options['recordsBudget'])),
      tracesBudgetBytes: budgetBytes('traces-budget', String(options['tracesBudget'])),
      tracesTo: readTracesTo(text(options, 'tracesTo'), io.env),
      metricsBudgetBytes: budgetBytes('metrics-budget', String(options['metricsBudget'])),
      logsTo: readLogsTo(text(options, 'logsTo'), io.env),
      metricsTo: readMetricsTo(text(options, 'metricsTo'), io.env),
      prometheus: readPrometheus(io.cwd, options),
      logLevel: String(options['logLevel']),
      kubernetes: readKubernetes(io, options),
      seal: sealSources(invocation, options),
      attestors,
      signIn,
      federation: typeof options['federation'] === 'string' ? parseHostPort(options['federation'], 7402) : undefined,
      prepare: ({ apiUrl, adminToken }) => applyFiles(invocation, texts(options, 'filename'), { apiUrl, token: adminToken }),
      tell: note,
    });
  },
};

/** What is to be signed with, as it stands in the files. */
function readCa(cwd: string, cert: string | undefined, key: string | undefined): { readonly chainPem: string; readonly keyPem: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) throw usageError('--ca-cert and --ca-key are given together');
  const [chainPem = '', keyPem = ''] = [cert, key].map((file) => {
    try {
      return readFileSync(resolve(cwd, file), 'utf8');
    } catch (cause) {
      throw new CommandError(EXIT.badInput, `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  });
  return { chainPem, keyPem };
}
