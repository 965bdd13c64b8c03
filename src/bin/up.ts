// `weft up`: the control plane in the foreground, until ^C or SIGTERM.
import type { AttestorSetting, SignInSettings } from '../api/index.ts';
import { type OpenSeal, openSeal, type SealSources } from '../identity/index.ts';
import { findEnvoy, SetupError } from '../machine/index.ts';
import { systemClock } from './clock.ts';
import { type ControlPlaneOptions, openControlPlane, type RunningControlPlane } from './control-plane.ts';
import { endpointId } from './federation.ts';
import { type KubernetesPlace, kubernetesConfig } from './kubernetes/config.ts';
import { openLog } from './logger.ts';

export interface UpOptions
  extends Pick<
    ControlPlaneOptions,
    'directory' | 'api' | 'xds' | 'recordsBudgetBytes' | 'tracesBudgetBytes' | 'tracesTo' | 'metricsBudgetBytes' | 'metricsTo' | 'logsTo' | 'prometheus'
  > {
  /** As in ControlPlaneOptions. */
  readonly pilotNames?: boolean;
  readonly trustDomain?: string;
  readonly attestors: readonly AttestorSetting[];
  readonly signIn: SignInSettings;
  readonly federation?: ControlPlaneOptions['federation'];
  /** Where the kube cluster is; as in UpRequest. */
  readonly kubernetes: KubernetesPlace | undefined;
  readonly ca?: { readonly chainPem: string; readonly keyPem: string };
  /** Where the key of the data folder's seal is. */
  readonly seal: SealSources;
  readonly logLevel: string;
  /** Runs once the control plane answers, before it is announced: `-f` documents. */
  readonly prepare: (running: RunningControlPlane) => Promise<void>;
  readonly tell: (line: string) => void;
}

const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

/** Envoy is not needed to run the control plane; whether workloads can be started here is worth a word. */
function envoyWords(): string {
  try {
    const found = findEnvoy();
    return found === undefined ? '‼ envoy will be fetched by the first `weft run`' : `✔ envoy ${found.version} (${found.from})`;
  } catch (cause) {
    if (cause instanceof SetupError) return `‼ ${cause.message}`;
    throw cause;
  }
}

function announce({ directory, api, xds, tell }: UpOptions, running: RunningControlPlane): void {
  const until = new Date(running.rootNotAfter).toISOString().slice(0, 10);
  tell(`${envoyWords()}   ✔ store ${directory}   ✔ trust domain ${running.trustDomain} (${running.newRoot ? 'new root' : 'root'}, valid to ${until})`);
  for (const [what, { host }] of Object.entries({ 'the management API': api, 'the proxies’ port': xds })) {
    if (!LOOPBACK.test(host)) tell(`‼ ${what} listens beyond this machine, on ${host}`);
  }
  if (running.federationAddress !== undefined)
    tell(`the bundle for other meshes   https://${running.federationAddress}/   as ${endpointId(running.trustDomain)}`);
  tell(`weft is up   API and dashboard  ${running.signInLink()}   proxies  ${running.xdsAddress}`);
  tell('next: weft run --service web --port 8080 -- <your command>');
}

/** A key that was made here is the only one: without it the folder is lost. */
function tellSeal({ directory, tell }: UpOptions, { from, madeKey }: OpenSeal): void {
  tell(`✔ ${directory} is sealed with ${madeKey === undefined ? from : `a new key, ${madeKey}`}`);
  if (madeKey !== undefined) tell('  keep a copy of it elsewhere: without it nothing in that folder can be opened (another key: weft seal rekey)');
}

/** Runs until SIGINT, SIGTERM or SIGHUP; a second signal does not wait for anything. Resolves with the exit code. */
export async function up(options: UpOptions): Promise<number> {
  const log = openLog(options.logLevel);
  const ended = new Promise<number>((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 0],
      ['SIGHUP', 0],
    ] as const) {
      process.once(signal, () => {
        resolve(code);
        process.once(signal, () => process.exit(code));
      });
    }
  });
  process.on('uncaughtException', (error) => log('error', 'an exception nobody caught', { error: error.stack ?? String(error) }));
  process.on('unhandledRejection', (error) =>
    log('error', 'a rejection nobody caught', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  const {
    directory,
    api,
    xds,
    recordsBudgetBytes,
    tracesBudgetBytes,
    tracesTo,
    metricsBudgetBytes,
    metricsTo,
    logsTo,
    prometheus,
    trustDomain,
    attestors,
    federation,
    signIn,
    ca,
  } = options;
  const seal = openSeal(directory, options.seal);
  tellSeal(options, seal);
  await using running = await openControlPlane({
    directory,
    api,
    xds,
    seal,
    attestors,
    signIn,
    federation,
    kubernetes: kubernetesConfig(options.kubernetes),
    clock: systemClock,
    pilotNames: options.pilotNames ?? true,
    log,
    ...(trustDomain === undefined ? {} : { trustDomain }),
    ...(ca === undefined ? {} : { ca }),
    ...(recordsBudgetBytes === undefined ? {} : { recordsBudgetBytes }),
    ...(tracesBudgetBytes === undefined ? {} : { tracesBudgetBytes }),
    tracesTo,
    ...(metricsBudgetBytes === undefined ? {} : { metricsBudgetBytes }),
    metricsTo,
    logsTo,
    prometheus,
  });
  await options.prepare(running);
  announce(options, running);
  return await ended;
}
