// The credential of the moment: files are read anew, plugins are asked again before what they said runs out.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { kubeError } from '../errors.ts';
import type { ExecPlugin, KubeConfig } from './config.ts';

const run = promisify(execFile);

export interface Credential {
  readonly token?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

interface Held {
  readonly credential: Credential;
  /** Wall clock, ms. */
  readonly until: number;
}

/** The kubelet renews a projected token long before it ends; a minute's delay is what client-go allows itself. */
const FILE_MS = 60_000;
const PLUGIN_MS = 60_000;
const EARLY_MS = 10_000;

export class Credentials {
  readonly #config: KubeConfig;
  readonly #now: () => number;
  #held: Held | undefined;
  #asking: Promise<Held> | undefined;

  /** `now`: wall clock, ms. */
  constructor(config: KubeConfig, now: () => number) {
    this.#config = config;
    this.#now = now;
  }

  /** What to show with the next request. Throws WeftError `no-credential`. */
  async current(): Promise<Credential> {
    if (this.#held !== undefined && this.#now() < this.#held.until) return this.#held.credential;
    this.#asking ??= this.#obtain().finally(() => (this.#asking = undefined));
    this.#held = await this.#asking;
    return this.#held.credential;
  }

  /** The server refused it (401): the next request looks again. */
  forget(): void {
    this.#held = undefined;
  }

  async #obtain(): Promise<Held> {
    const { bearer, certificate } = this.#config;
    const own: Credential = certificate === undefined ? {} : { certificate };
    if (bearer.kind === 'none') return { credential: own, until: Number.POSITIVE_INFINITY };
    if (bearer.kind === 'token') return { credential: { ...own, token: bearer.token }, until: Number.POSITIVE_INFINITY };
    if (bearer.kind === 'exec') return this.#ask(bearer.plugin, own);
    const token = (
      await readFile(bearer.file, 'utf8').catch((cause: unknown) => {
        throw kubeError('no-credential', `the token file ${bearer.file} cannot be read`, { cause });
      })
    ).trim();
    if (token === '') throw kubeError('no-credential', `the token file ${bearer.file} is empty`);
    return { credential: { ...own, token }, until: this.#now() + FILE_MS };
  }

  async #ask(plugin: ExecPlugin, own: Credential): Promise<Held> {
    const request = JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
    const env = { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: request };
    const { stdout } = await run(plugin.command, [...plugin.args], { env, timeout: PLUGIN_MS, maxBuffer: 1 << 20 }).catch((cause: unknown) => {
      // Its output may hold what it should have printed: only the command is named.
      const hint = plugin.installHint === '' ? '' : `: ${plugin.installHint}`;
      throw kubeError('no-credential', `the credential plugin ${plugin.command} failed${hint}`, { details: { code: (cause as { code?: unknown }).code } });
    });
    return { ...credentialOf(plugin.command, stdout, this.#now(), own) };
  }
}

function credentialOf(command: string, printed: string, now: number, own: Credential): Held {
  let status: Readonly<Record<string, unknown>>;
  try {
    status = (JSON.parse(printed) as { status?: Record<string, unknown> }).status ?? {};
  } catch {
    throw kubeError('no-credential', `the credential plugin ${command} printed no ExecCredential`);
  }
  const [token, cert, key] = [status['token'], status['clientCertificateData'], status['clientKeyData']];
  const ends = typeof status['expirationTimestamp'] === 'string' ? Date.parse(status['expirationTimestamp']) - EARLY_MS : Number.NaN;
  const credential: Credential = {
    ...own,
    ...(typeof token === 'string' ? { token } : {}),
    ...(typeof cert === 'string' && typeof key === 'string' ? { certificate: { cert, key } } : {}),
  };
  if (credential.token === undefined && credential.certificate === undefined)
    throw kubeError('no-credential', `the credential plugin ${command} gave neither token nor certificate`);
  return { credential, until: Number.isNaN(ends) ? Number.POSITIVE_INFINITY : Math.max(ends, now + 1000) };
}
