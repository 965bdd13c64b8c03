// (e) What a certificate costs: the authority's own way (key, template, signature, read again twice) over the bare arithmetic, and beside openssl's command line.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../src/identity/index.ts';
import { spiffeId, type TrustDomain } from '../src/model/index.ts';
import { median, shuffled } from './statistics.ts';

/** Certificates per second of CPU on one core: medians of the rounds. */
export interface IssuanceResult {
  readonly weft: number;
  /** A P-256 key, one signature and one verification, without any certificate around them. */
  readonly arithmetic: number;
  /** `openssl req` and `openssl x509 -req`, as a script would. */
  readonly openssl: number;
  /** weft over arithmetic, round by round. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
}

/** How often a second of CPU `act` can be done, children included. */
async function rate(seconds: number, act: () => Promise<void> | void, children: boolean): Promise<number> {
  const used = (): number => (children ? performance.now() / 1000 : process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6);
  const began = used();
  let times = 0;
  for (const until = performance.now() + seconds * 1000; performance.now() < until; times++) await act();
  return times / (used() - began);
}

function arithmetic(): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = Buffer.alloc(500);
  if (!verify('sha256', text, publicKey, sign('sha256', text, privateKey))) throw new Error('a signature does not verify');
}

function byHand(folder: string): () => void {
  const at = (name: string): string => join(folder, name);
  const run = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...key, '-days', '2', '-subj', '/CN=bench', '-keyout', at('root.key'), '-out', at('root.pem'));
  writeFileSync(
    at('leaf.cnf'),
    'subjectAltName=critical,URI:spiffe://bench/ns/a/sa/b\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n',
  );
  return () => {
    run('req', '-new', ...key, '-subj', '/', '-keyout', at('leaf.key'), '-out', at('leaf.csr'));
    run(
      'x509',
      '-req',
      '-in',
      at('leaf.csr'),
      '-CA',
      at('root.pem'),
      '-CAkey',
      at('root.key'),
      '-days',
      '1',
      '-extfile',
      at('leaf.cnf'),
      '-out',
      at('leaf.pem'),
    );
  };
}

/** Interleaved rounds of `seconds` each. */
export async function measureIssuance({ rounds, seconds }: { readonly rounds: number; readonly seconds: number }): Promise<IssuanceResult> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-issuance-'));
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined };
  const authority = Authority.open({ directory: folder, trustDomain: 'bench', clock });
  const id = spiffeId('bench' as TrustDomain, 'shop', 'web');
  const cases = [
    { name: 'weft', children: false, act: async () => void (await authority.issue(id)) },
    { name: 'arithmetic', children: false, act: arithmetic },
    { name: 'openssl', children: true, act: byHand(folder) },
  ];
  const found = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const { name, act, children } of shuffled(cases)) found.get(name)?.push(await rate(seconds, act, children));
  rmSync(folder, { recursive: true, force: true });
  const of = (name: string): readonly number[] => found.get(name) ?? [];
  const ratios = of('weft').map((one, n) => one / (of('arithmetic')[n] ?? Number.NaN));
  return {
    ...{ weft: median([...of('weft')]), arithmetic: median([...of('arithmetic')]), openssl: median([...of('openssl')]) },
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
}
