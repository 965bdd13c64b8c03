// Asking the issuers of OIDCPolicies where their endpoints are (OpenID Connect Discovery 1.0). What one says becomes a DiscoveredProvider document, and so
// reaches proxies the way every document does, outlives a restart, and holds on while the issuer is away.
import type { Clock } from '../base/index.ts';
import { type ProviderPlace, providerPlace, signIns } from '../compile/index.ts';
import { type Document, type DocumentKey, type Mesh, makeDocumentKey } from '../model/index.ts';
import { discoveryUrl, type SignInPlan, signInPlan } from '../policy/index.ts';
import { wordsOf } from './errors.ts';
import type { MachineDocuments } from './machines-ports.ts';
import type { ControlPorts } from './ports.ts';
import { readMetadata } from './provider-metadata.ts';

export interface ProviderPorts extends Pick<ControlPorts, 'log'> {
  readonly clock: Clock;
  readonly documents: Pick<MachineDocuments, 'get' | 'write'>;
  mesh(): Mesh;
  /** The JSON at an https address, asked at this place alone. Rejects with the reason, in which nothing of the answer stands. */
  fetch(url: string, place: ProviderPlace): Promise<unknown>;
}

const AUTHOR = 'weft';
const LOOK_MS = 1_000;
/** What an issuer said is asked again after so long. */
const FRESH_MS = 3_600_000;
const FIRST_AGAIN_MS = 1_000;
const LAST_AGAIN_MS = 300_000;

interface Asked {
  readonly issuer: string;
  readonly at: number;
  readonly failures: number;
}

export class Providers {
  readonly #ports: ProviderPorts;
  readonly #asked = new Map<string, Asked>();
  #cancel: () => void;
  #asking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(ports: ProviderPorts) {
    this.#ports = ports;
    this.#cancel = ports.clock.after(LOOK_MS, () => this.#look());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#asking;
  }

  #look(): void {
    const plans = signIns(this.#ports.mesh()).map(signInPlan);
    const due = plans.filter((plan) => plan.provider === undefined && this.#isDue(plan));
    this.#forget(new Set(plans.map(({ policy }) => policy)));
    this.#asking = Promise.all(due.map((plan) => this.#ask(plan))).then(() => {
      if (!this.#closed) this.#cancel = this.#ports.clock.after(LOOK_MS, () => this.#look());
    });
  }

  #forget(kept: ReadonlySet<string>): void {
    for (const policy of this.#asked.keys()) if (!kept.has(policy)) this.#asked.delete(policy);
  }

  #isDue({ policy, issuer }: SignInPlan): boolean {
    const known = this.#ports.documents.get(keyOf(policy))?.spec;
    const last = this.#asked.get(policy);
    if (last === undefined || last.issuer !== issuer) return true;
    const wanted = known?.['issuer'] !== issuer || known['problem'] !== undefined;
    const pause = wanted ? Math.min(LAST_AGAIN_MS, FIRST_AGAIN_MS * 2 ** last.failures) : FRESH_MS;
    return this.#ports.clock.monotonic() - last.at >= pause;
  }

  async #ask(plan: SignInPlan): Promise<void> {
    const { policy, issuer } = plan;
    const { clock, log } = this.#ports;
    const last = this.#asked.get(policy);
    const said = await this.#metadata(issuer);
    const failures = 'problem' in said ? (last?.issuer === issuer ? last.failures + 1 : 1) : 0;
    this.#asked.set(policy, { issuer, at: clock.monotonic(), failures });
    try {
      await this.#remember(plan, said);
    } catch (error) {
      log('warn', 'what a provider said could not be written', { policy, error: wordsOf(error) });
    }
  }

  async #metadata(issuer: string): Promise<ReturnType<typeof readMetadata>> {
    const url = discoveryUrl(issuer);
    const place = providerPlace(this.#ports.mesh(), url);
    if ('why' in place) return { problem: place.why };
    try {
      return readMetadata(issuer, await this.#ports.fetch(url, place));
    } catch (error) {
      return { problem: `${issuer} cannot be asked: ${wordsOf(error)}` };
    }
  }

  /** What was known holds on beside a problem. A document that says the same is not written again. */
  async #remember({ policy, issuer }: SignInPlan, said: ReturnType<typeof readMetadata>): Promise<void> {
    const { documents, log } = this.#ports;
    const key = keyOf(policy);
    const known = documents.get(key);
    const before = known?.spec['issuer'] === issuer ? known.spec : {};
    const { problem: _, ...endpoints } = before as Readonly<Record<string, unknown>>;
    const spec = 'problem' in said ? { ...endpoints, issuer, problem: said.problem.slice(0, 500) } : { issuer, ...said };
    if (known !== undefined && JSON.stringify(Object.entries(known.spec).sort()) === JSON.stringify(Object.entries(spec).sort())) return;
    const [namespace = '', name = ''] = policy.split('/');
    const metadata = known?.metadata ?? { name, namespace, labels: {}, annotations: {} };
    const document: Document = { apiVersion: 'weft.dev/v1alpha1', kind: 'DiscoveredProvider', metadata, spec };
    const written = await documents.write([{ kind: 'put', document, expect: known?.metadata.resourceVersion ?? 'absent' }], AUTHOR);
    if (written.ok) log('problem' in said ? 'warn' : 'info', 'asked a provider for its endpoints', { policy, issuer, ...('problem' in said ? said : {}) });
  }
}

function keyOf(policy: string): DocumentKey {
  const [namespace = '', name = ''] = policy.split('/');
  return makeDocumentKey('weft.dev', 'DiscoveredProvider', namespace, name);
}
