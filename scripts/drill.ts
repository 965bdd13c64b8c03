// The long forms of tests that are short in `npm test`: npm run drill -- flood, npm run drill -- kills. Minutes to hours.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

interface Drill {
  readonly projects: readonly string[];
  readonly tests: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly says: string;
}

const DRILLS: Readonly<Record<string, Drill>> = {
  flood: {
    projects: ['e2e'],
    tests: ['test/e2e/malformed.test.ts'],
    env: { WEFT_MALFORMED: '1000000', WEFT_IDLE: '10000', WEFT_PUSHES: '1000', WEFT_PUSH_RATIO: '2' },
    says: '1,000,000 malformed inputs to each listener; floods, 10,000 idle connections, pushes meanwhile at most 2 × (WEFT_MALFORMED, WEFT_IDLE, WEFT_PUSHES, WEFT_PUSH_RATIO)',
  },
  kills: {
    projects: ['e2e', 'drill'],
    tests: ['test/e2e/durability.test.ts', 'test/drill/kills.test.ts'],
    env: { WEFT_KILLS: '500', WEFT_PLANE_KILLS: '500', WEFT_KILLS_SERVICES: '1000', WEFT_START_MS: '5000' },
    says: '500 SIGKILLs during writes of the store and of the control plane, which is up again within 5 s, with 1,000 services and a day of numbers (WEFT_KILLS, WEFT_PLANE_KILLS, WEFT_KILLS_SERVICES, WEFT_START_MS)',
  },
  power: {
    projects: ['contract'],
    tests: ['test/contract/power.test.ts'],
    env: { WEFT_POWER_CUTS: '4000', WEFT_POWER_WRITES: '40' },
    says: '4,000 power cuts at the syncs of what a control plane keeps, and between them (WEFT_POWER_CUTS, WEFT_POWER_WRITES, WEFT_POWER_SEED; a C compiler)',
  },
  starts: {
    projects: ['envoy'],
    tests: ['test/envoy/pod-starts.test.ts'],
    env: { WEFT_STARTS: '200' },
    says: '200 starts of a pod in a row, knocked at by IPv4 and IPv6 from its first packet on: nobody comes to the application (root, ip, nft; WEFT_STARTS)',
  },
  smuggling: {
    projects: ['truth'],
    tests: ['test/truth/S3-what-policy-sees.test.ts'],
    env: { WEFT_SMUGGLES: '20000', WEFT_TRAVERSALS: '10000' },
    says: '20,000 requests that two readers may cut in different places, 10,000 traversals: judged at the application (WEFT_SMUGGLES, WEFT_TRAVERSALS, WEFT_SEED)',
  },
  rotation: {
    projects: ['truth'],
    tests: ['test/truth/I3-root-rotation.test.ts'],
    env: { WEFT_TEST_ROTATION_REQUESTS: '30000' },
    says: '30,000 requests across a change of the root (WEFT_TEST_ROTATION_REQUESTS)',
  },
  disk: { projects: ['drill'], tests: ['test/drill/disk.test.ts'], env: {}, says: 'a disk that is full, and one that does not sync (root, a C compiler)' },
  tls: { projects: ['drill'], tests: ['test/drill/tls.test.ts'], env: {}, says: 'testssl.sh against every listener of the control plane (testssl.sh)' },
  h2spec: {
    projects: ['drill'],
    tests: ['test/drill/h2spec.test.ts'],
    env: {},
    says: 'the cases of h2spec against a gateway, a sidecar and the port for proxies (Go, which builds it)',
  },
  lapses: {
    projects: ['drill'],
    tests: ['test/drill/certificates.test.ts', 'test/drill/clock.test.ts'],
    env: { WEFT_TEST_ROTATION_REQUESTS: '30000', WEFT_TEST_LEAF_S: '120' },
    says: 'certificates that run out, clocks that jump: what takes minutes because something must run out (WEFT_TEST_LEAF_S)',
  },
};

const [name = ''] = process.argv.slice(2);
const drill = DRILLS[name];
if (drill === undefined) {
  process.stderr.write(
    `which drill?\n${Object.entries(DRILLS)
      .map(([word, { says }]) => `  npm run drill -- ${word.padEnd(8)} ${says}\n`)
      .join('')}`,
  );
  process.exit(64);
}
const home = resolve(import.meta.dirname, '..');
const args = [resolve(home, 'node_modules/vitest/vitest.mjs'), 'run', ...drill.projects.flatMap((project) => ['--project', project]), ...drill.tests];
const { status } = spawnSync(process.execPath, args, { cwd: home, stdio: 'inherit', env: { ...drill.env, ...process.env } });
process.exit(status ?? 1);
